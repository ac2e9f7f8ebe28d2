// Lets the page start without a network. `cargo xtask` writes two lines before these: BUILD, an id of what the
// site holds, and FILES, its files with the SHA-256 of each; "" stands for index.html.
//
// A build is kept whole or not at all: no file is served before every one of them has the digest that it should.
// A newer one waits until the page's last tab is closed, or until the person in the only tab asks for it, so
// that no tab ever meets parts of two builds.

const OURS = `graphkeep ${registration.scope} `;
const CACHE = OURS + BUILD;

addEventListener("install", (event) => event.waitUntil(keepAll()));

addEventListener("activate", (event) => event.waitUntil((async () => {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(OURS) && name !== CACHE).map((name) => caches.delete(name)));
  await clients.claim();
})()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || !url.href.startsWith(registration.scope)) return;
  const rest = url.pathname.slice(new URL(registration.scope).pathname.length);
  const name = rest === "index.html" ? "" : rest;
  if (Object.hasOwn(FILES, name)) event.respondWith(kept(name, request));
});

addEventListener("message", (event) => event.waitUntil((async () => {
  if (event.data !== "start") return;
  const open = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const tabs = open.filter((client) => client.url.startsWith(registration.scope));
  if (tabs.length > 1) event.source.postMessage("other tabs are open");
  else await skipWaiting();
})()));

async function keepAll() {
  const cache = await caches.open(CACHE);
  try {
    await Promise.all(Object.entries(FILES).map(async ([name, digest]) => cache.put(place(name), await fresh(name, digest))));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

async function fresh(name, digest) {
  const response = await fetch(place(name), { cache: "no-cache" });
  if (!response.ok) throw Error(`${name}: HTTP ${response.status}`);
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", await response.clone().arrayBuffer()));
  const hex = Array.from(found, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hex !== digest) throw Error(`${name} is of another build than this service worker`);
  return response;
}

async function kept(name, request) {
  const cache = await caches.open(CACHE);
  // Browsers may throw caches away when room is short.
  return (await cache.match(place(name))) ?? fetch(request);
}

function place(name) {
  return new URL(name, registration.scope).href;
}
