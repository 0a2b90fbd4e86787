/* What pages look up when a reader asks: runs by id, files by content, environments. The data are classic scripts in
   shards (publisher/publish/files/lookup.py writes them), because fetch and modules do not work from file://. */
(function () {
  "use strict";
  const data = (window.publisherData = window.publisherData || {});
  const asked = new Map();

  /* A script of the site, once. */
  function load(address) {
    if (!asked.has(address)) {
      asked.set(address, new Promise(function (done, failed) {
        const script = document.createElement("script");
        script.src = address;
        script.addEventListener("load", done);
        script.addEventListener("error", function () {
          asked.delete(address);
          script.remove();
          failed(new Error(address.replace(/^(\.\.\/)+/, "") + " could not be loaded; try again, or ask whoever keeps this site"));
        });
        document.head.appendChild(script);
      }));
    }
    return asked.get(address);
  }

  async function shard(page, kind, folder, name) {
    const there = () => data[kind] && Object.prototype.hasOwnProperty.call(data[kind], name) && data[kind][name];
    if (!there()) await load(page.root + "data/" + folder + "/" + name + ".js");
    return there();
  }

  const starts = (found, beginning) => Object.keys(found).filter(key => key.startsWith(beginning));

  /* What a page says of itself in its attributes. */
  function pageOf(element) {
    return {
      root: element.getAttribute("data-root"),
      index: element.getAttribute("data-index"),
      runs: Number(element.getAttribute("data-runs") || 0),
      contents: Number(element.getAttribute("data-contents") || 0),
    };
  }

  /* A run by its id or the beginning of it, four digits or more. An error says what is wrong with it. */
  async function run(page, id) {
    if (!/^[0-9a-f]{4,12}$/.test(id)) {
      throw new Error("“" + cut(id, 40) + "” is no run's id: give at least four of its twelve digits, 0 to 9 and a to f");
    }
    const found = await shard(page, "details", "details", id.slice(0, page.runs) || "all");
    const ids = starts(found.runs, id);
    if (!ids.length) throw new Error("no run on this site has an id that begins with " + id);
    if (ids.length > 1) {
      throw new Error(id + " means " + ids.length + " runs: " + ids.slice(0, 5).join(", ") + "; give more of the id");
    }
    return decoded(found, ids[0]);
  }

  function decoded(found, id) {
    const texts = found.fields[0], others = found.fields[1], line = found.runs[id], told = { id: id };
    texts.forEach((name, at) => { told[name] = found.texts[line[at]]; });
    others.forEach((name, at) => { told[name] = line[texts.length + at]; });
    const named = (values, read) => new Map(found.names[values[0]].map((name, at) => [name, read(values[at + 1])]));
    const files = function (flat) {
      const all = [];
      for (let at = 0; at < flat.length; at += 4) {
        all.push({
          path: found.texts[flat[at]], sha256: flat[at + 1], size: flat[at + 2] < 0 ? null : flat[at + 2],
          copy: flat[at + 3] < 0 ? "" : copyOf(flat[at + 1], found.texts[flat[at + 3]]),
        });
      }
      return all;
    };
    told.tags = told.tags.map(at => found.texts[at]);
    told.parameters = named(told.parameters, at => found.texts[at]);
    told.metrics = named(told.metrics, value => value);
    told.inputs = files(told.inputs);
    told.outputs = files(told.outputs);
    return told;
  }

  const copyOf = (sha256, end) => "artifacts/" + sha256.slice(0, 2) + "/" + sha256 + end;

  async function environment(page, name) {
    return /^[0-9a-f]{16}$/.test(name) ? shard(page, "environments", "environments", name) : null;
  }

  /* The contents whose digests begin so, eight digits or more, with the runs that made and read them. The digest of a
     sanitised copy, as a reader has who saved a figure of this site, leads to its original. */
  async function contents(page, beginning) {
    const found = await shard(page, "contents", "contents", beginning.slice(0, page.contents) || "all");
    const copies = found.copies || {}, originals = [];
    for (const copy of starts(copies, beginning)) {
      for (const each of await contents(page, copies[copy])) originals.push(Object.assign(each, { sanitised: copy }));
    }
    return originals.concat(starts(found.files, beginning).map(function (sha256) {
      const line = found.files[sha256], uses = [], made = Math.min(line[2], found.most);
      for (let at = 4; at < line.length; at += 2) uses.push({ run: line[at], path: found.texts[line[at + 1]] });
      return {
        sha256: sha256, size: line[0] < 0 ? null : line[0],
        copy: line[1] < 0 ? "" : copyOf(sha256, found.texts[line[1]]),
        made: { all: line[2], named: uses.slice(0, made) },
        read: { all: line[3], named: uses.slice(made) },
      };
    }));
  }

  /* An element with attributes and children; texts become text, never markup. */
  function make(tag, attributes) {
    const element = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (name) {
      const value = attributes[name];
      if (name === "text") element.textContent = value;
      else if (typeof value === "function") element.addEventListener(name, value);
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
    });
    for (let at = 2; at < arguments.length; at++) if (arguments[at] !== null) element.append(arguments[at]);
    return element;
  }

  const short = id => id.slice(0, 7);
  const cut = (text, most) => (text.length > most ? text.slice(0, most) + "…" : text);
  const plural = (count, one, many) => count.toLocaleString("en-GB").replace(/,/g, "\u202f") + " " + (count === 1 ? one : many || one + "s");

  function size(count) {
    if (count < 1000) return count + " B";
    const units = ["kB", "MB", "GB", "TB"];
    let amount = count / 1000, at = 0;
    while (amount >= 999.5 && at < 3) { amount /= 1000; at++; }
    return (amount < 9.95 ? amount.toFixed(1) : amount.toFixed(0)) + " " + units[at];
  }

  function duration(seconds) {
    if (seconds < 0.9995) return Math.round(seconds * 1000) + " ms";
    if (seconds < 59.95) return seconds.toFixed(1) + " s";
    let whole = Math.round(seconds);
    if (whole < 3600) return Math.floor(whole / 60) + " min " + whole % 60 + " s";
    whole = Math.round(seconds / 60);
    if (whole < 2880) return Math.floor(whole / 60) + " h " + whole % 60 + " min";
    return Math.floor(whole / 1440) + " d " + Math.floor(whole % 1440 / 60) + " h";
  }

  function moment(started) {
    const then = new Date(started);
    return make("time", {
      datetime: started, title: started.replace("T", " ").replace("Z", " UTC"), "data-publisher-done": true,
      text: isNaN(then) ? started : then.toLocaleString(undefined, {
        day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
      }),
    });
  }

  function link(page, id) {
    return make("a", { href: page.root + "runs/" + id + ".html" }, make("code", { text: short(id), title: id }));
  }

  /* A copy that a browser only shows; anything else is downloaded. */
  const opens = address => !/\.svg$/.test(address);

  async function copy(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = make("textarea", { class: "pub-away" });
    area.value = text;
    document.body.appendChild(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("the browser does not let this page copy");
  }

  /* In examples for programs, this site's own address where it has one. */
  if (/^https?:$/.test(location.protocol)) {
    const top = new URL("..", location.href.replace(/[?#].*/, "")).href;
    document.querySelectorAll("[data-publisher-here]").forEach(function (element) {
      element.textContent = element.textContent.split("https://ADDRESS-OF-THIS-SITE/").join(top);
    });
  }

  /* A path is broken behind a slash or before a dot rather than in the middle of a name. In the page it is one text, so
     that who looks for it there, as a site without names must, finds it whole. */
  document.querySelectorAll(".pub-contents th > code").forEach(function (element) {
    const parts = element.textContent.split(/(?<=\/)(?=[^/])|(?<=[^./])(?=\.)/);
    element.replaceChildren(...parts.flatMap((part, at) => (at ? [make("wbr", {}), part] : [part])));
  });

  window.publisherLookup = {
    load: load, pageOf: pageOf, run: run, environment: environment, contents: contents, make: make, short: short, cut: cut,
    plural: plural, size: size, duration: duration, moment: moment, link: link, opens: opens, copy: copy,
  };
})();
