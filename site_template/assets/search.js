/* Search, which no reader needs before typing into it. The theme would load every word of the site with each page, and
   start a worker for them: here both wait until the field of the search has the focus for the first time.

   And search in pages that lie in a folder: a browser starts no worker for a file, so that the theme's search finds
   none. There the worker's script runs in an empty frame of the same page instead, and is spoken to in the same way.
   Its script asks whether its parent has an `IFrameWorker` before it looks for languages. */
(function () {
  "use strict";
  const WORDS = /\/search\/search_index\.js(?:on)?$/;
  const waiting = [];
  let wanted = new URLSearchParams(location.search).has("q"); // by which the theme opens its search

  function late(work) {
    if (wanted) work();
    else waiting.push(work);
  }

  addEventListener("focusin", function want(event) {
    if (!event.target.closest("[data-md-component=search]")) return;
    removeEventListener("focusin", want);
    wanted = true;
    waiting.splice(0).forEach(work => work());
  });

  /* -- the words ------------------------------------------------------------------------------------------------ */

  const { open, send } = XMLHttpRequest.prototype;
  const asked = new WeakSet();
  XMLHttpRequest.prototype.open = function (method, address, ...rest) {
    if (WORDS.test(new URL(address, document.baseURI).pathname)) asked.add(this);
    return open.call(this, method, address, ...rest);
  };
  XMLHttpRequest.prototype.send = function (...given) {
    if (asked.has(this)) late(() => send.apply(this, given));
    else send.apply(this, given);
  };

  if (location.protocol === "file:") { // where they are a script
    const append = document.head.appendChild;
    document.head.appendChild = function (node) {
      if (node.localName === "script" && WORDS.test(node.src)) late(() => append.call(this, node));
      else append.call(this, node);
      return node;
    };
  }

  /* -- the worker, made when it is first spoken to: which is when the words are there ----------------------------- */

  const Theirs = window.Worker;

  function LateWorker(address, options) {
    if (!/\/workers\/search\b/.test(address)) return new Theirs(address, options);
    const worker = this;
    const talk = document.createDocumentFragment(); // an EventTarget that every browser has
    let made = null;
    worker.addEventListener = (...given) => talk.addEventListener(...given);
    worker.removeEventListener = (...given) => talk.removeEventListener(...given);
    worker.terminate = () => made && made.terminate();
    worker.postMessage = data => {
      made = made || (location.protocol === "file:" ? framed(address, told) : started(address, options, told));
      made.postMessage(data);
    };

    function told(data) {
      talk.dispatchEvent(new MessageEvent("message", { data }));
    }
    return worker;
  }

  function started(address, options, told) {
    const worker = new Theirs(address, options);
    worker.addEventListener("message", event => told(event.data));
    return worker;
  }

  function framed(given, told) {
    const address = new URL(given, document.baseURI).href;
    const frame = document.createElement("iframe");
    let before = [];
    frame.hidden = true;
    frame.title = "search";
    document.body.append(frame);
    const inside = frame.contentWindow;

    function load(source) {
      return new Promise((done, failed) => {
        const script = frame.contentDocument.createElement("script");
        script.src = new URL(source, address).href;
        script.onload = done;
        script.onerror = () => failed(new Error("cannot be loaded: " + source));
        frame.contentDocument.head.append(script);
      });
    }

    function tell(data) {
      inside.dispatchEvent(new MessageEvent("message", { data }));
    }

    inside.postMessage = told;
    inside.importScripts = async (...sources) => {
      for (const source of sources) await load(source);
    };
    load(address).then(() => {
      const queue = before;
      before = null;
      queue.forEach(tell);
    });
    return { postMessage: data => (before ? before.push(data) : tell(data)), terminate: () => frame.remove() };
  }

  window.Worker = LateWorker;
  if (location.protocol === "file:") window.IFrameWorker = LateWorker;
})();
