// Lets the page start without a network. `cargo xtask` writes two lines before these: BUILD, an id of what the
// site holds, and FILES, its files with the SHA-256 of each; "" stands for index.html.
//
// A build is kept whole or not at all: no file is served before every one of them has the digest that it should.
// The sample is no part of that: of it is kept what somebody opened. A newer build waits until the page's last tab
// is closed, or until the person in the only tab asks for it, so that no tab ever meets parts of two builds.

const OURS = `graphkeep ${registration.scope} `;
const CACHE = OURS + BUILD;
const WHOLE = Object.keys(FILES).filter((name) => !name.startsWith("samples/"));

addEventListener("install", (event) => event.waitUntil(keepAll()));

addEventListener("activate", (event) => event.waitUntil((async () => {
  await forget((name) => name !== CACHE);
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

// "start" lets this build take over, "leave" ends what is kept; neither under other tabs. "look" asks whether the
// host still has a service worker.
addEventListener("message", (event) => event.waitUntil((async () => {
  const { data, source } = event;
  if (data === "look") {
    const { status } = await fetch(location.href, { cache: "no-store" });
    if (status === 404 || status === 410) source.postMessage("gone");
    return;
  }
  const open = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const tabs = open.filter((client) => client.url.startsWith(registration.scope));
  if (tabs.length > 1) {
    source.postMessage("other tabs are open");
  } else if (data === "start") {
    await skipWaiting();
  } else if (data === "leave") {
    await registration.unregister();
    await forget(() => true);
    source.postMessage("left");
  }
})()));

async function forget(unwanted) {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(OURS) && unwanted(name)).map((name) => caches.delete(name)));
}

async function keepAll() {
  const cache = await caches.open(CACHE);
  try {
    await Promise.all(WHOLE.map(async (name) => {
      // By its name: where a folder's address is no file, as in bare object stores, the page has this one alone.
      const response = await fetch(place(name || "index.html"), { cache: "no-cache" });
      if (!response.ok) throw Error(`${name}: HTTP ${response.status}`);
      if (!await keep(cache, name, response)) throw Error(`${name} is of another build than this service worker`);
    }));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

// Keeps a file if it is the one that belongs to this build.
async function keep(cache, name, response) {
  const body = await response.arrayBuffer();
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  const hex = Array.from(found, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hex !== FILES[name]) return false;
  // A new one, because browsers start no page from an answer that came by way of another address.
  await cache.put(place(name), new Response(body, { headers: response.headers }));
  return true;
}

async function kept(name, request) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(place(name));
  if (found) return found;
  // The sample for the first time; or the browser threw away what it had, as it may where room is short.
  const response = await fetch(request);
  if (response.ok) await keep(cache, name, response.clone());
  return response;
}

function place(name) {
  return new URL(name, registration.scope).href;
}
