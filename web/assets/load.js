// Starts the page: a file of its own, because the page's policy allows no script inside of it. Where the page
// cannot start, it says why and what does the same.
{
  const { js, wasm } = document.currentScript.dataset;

  // Before the first paint, so that a chosen theme does not flash the other one.
  try {
    const theme = localStorage.getItem("graphkeep-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is forbidden here: the system's theme it is.
  }

  // The browser may offer to install the page before the page listens.
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    window.graphkeepInstall = event;
    dispatchEvent(new Event("graphkeepInstall"));
  });

  const instead = "The command line tool does the same: graphkeep inspect <folder>";

  const fail = (why) => {
    const say = () => {
      const place = document.getElementById("starting");
      if (!place) return;
      place.className = "notice";
      place.setAttribute("role", "alert");
      place.textContent = `${why} ${instead}`;
    };
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", say);
    else say();
  };

  const missing = [
    [typeof WebAssembly === "object", "WebAssembly"],
    [typeof Worker === "function", "workers"],
    [typeof Blob.prototype.slice === "function", "slices of files"],
  ].filter(([present]) => !present).map(([, name]) => name);

  if (location.protocol === "file:") {
    fail("Browsers do not let a page that was opened from a file start its parts. Serve the folder, for instance with: python3 -m http.server.");
  } else if (missing.length > 0) {
    fail(`This browser lacks ${missing.join(", ")}.`);
  } else {
    const ready = document.readyState === "loading"
      ? new Promise((resolve) => addEventListener("DOMContentLoaded", resolve))
      : Promise.resolve();
    const url = (path) => new URL(path, document.baseURI).href;
    Promise.all([import(url(js)), ready])
      .then(([app]) => app.default({ module_or_path: url(wasm) }))
      .catch((error) => fail(`The page could not start (${error}). Reload it; if that does not help, report it.`));
  }
}
