/* Search in pages that lie in a folder: a browser starts no worker for a file, so that the theme's search finds none.
   Here the worker's script runs in an empty frame of the same page instead, and is spoken to in the same way. The
   theme loads the words from search/search_index.js by itself, and its script asks whether its parent has an
   `IFrameWorker` before it looks for languages. On a server this does nothing. */
(function () {
  "use strict";
  if (location.protocol !== "file:") return;

  function FrameWorker(given) {
    const worker = this;
    const address = new URL(given, document.baseURI).href;
    const talk = document.createDocumentFragment(); // an EventTarget that every browser has
    const frame = document.createElement("iframe");
    let waiting = [];
    frame.hidden = true;
    frame.title = "search";
    worker.addEventListener = (...given) => talk.addEventListener(...given);
    worker.removeEventListener = (...given) => talk.removeEventListener(...given);
    worker.terminate = () => frame.remove();
    worker.postMessage = data => (waiting ? waiting.push(data) : tell(data));

    function tell(data) {
      frame.contentWindow.dispatchEvent(new MessageEvent("message", { data }));
    }

    function load(source) {
      return new Promise((done, failed) => {
        const script = frame.contentDocument.createElement("script");
        script.src = new URL(source, address).href;
        script.onload = done;
        script.onerror = () => failed(new Error("cannot be loaded: " + source));
        frame.contentDocument.head.append(script);
      });
    }

    function start() {
      const inside = frame.contentWindow;
      inside.postMessage = data => talk.dispatchEvent(new MessageEvent("message", { data }));
      inside.importScripts = async (...sources) => {
        for (const source of sources) await load(source);
      };
      load(address).then(() => {
        const before = waiting;
        waiting = null;
        before.forEach(tell);
      });
    }

    (document.body || document.documentElement).append(frame);
    start();
  }

  window.IFrameWorker = window.Worker = FrameWorker;
})();
