/* Which run made this file? The digest is computed here, and only looked up; the file goes nowhere. */
(function () {
  "use strict";
  const page = document.querySelector(".pub-which");
  const lookup = window.publisherLookup;
  if (!page || !lookup) return;
  const make = lookup.make, site = lookup.pageOf(page);
  const answer = page.querySelector(".pub-answer");
  const drop = page.querySelector(".pub-drop");
  const progress = page.querySelector(".pub-progress");
  const input = page.querySelector("#pub-digest");

  const PIECE = 4 * 1024 * 1024; /* bytes that are in memory at once */
  const AT_ONCE = 64 * 1024 * 1024; /* up to here the browser's own SHA-256 may have the whole file */
  const TEXT = 16 * 1024 * 1024; /* a text up to here is also tried with other line ends */
  const FEWEST = 8; /* digits of an abbreviated digest */

  /* SHA-256 (FIPS 180-4) piece by piece: the browser's own takes only a whole, and is not there from file:// in
     every browser. The constants are the first 32 bits of the fractions of roots of the first primes. */
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every(p => n % p)) primes.push(n);
  const fraction = (n, power) => ((Math.pow(n, power) % 1) * 4294967296) | 0;
  const K = Int32Array.from(primes, n => fraction(n, 1 / 3));
  const START = primes.slice(0, 8).map(n => fraction(n, 1 / 2));

  function sha256() {
    const H = Int32Array.from(START), W = new Int32Array(64), rest = new Uint8Array(64);
    let length = 0, waiting = 0;

    function blocks(bytes, from, to) {
      for (; from < to; from += 64) {
        for (let t = 0; t < 16; t++) {
          const i = from + 4 * t;
          W[t] = (bytes[i] << 24) | (bytes[i + 1] << 16) | (bytes[i + 2] << 8) | bytes[i + 3];
        }
        for (let t = 16; t < 64; t++) {
          const x = W[t - 15], y = W[t - 2];
          const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
          const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
          W[t] = (W[t - 16] + s0 + W[t - 7] + s1) | 0;
        }
        let a = H[0], b = H[1], c = H[2], d = H[3], e = H[4], f = H[5], g = H[6], h = H[7];
        for (let t = 0; t < 64; t++) {
          const S1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
          const one = (h + S1 + ((e & f) ^ (~e & g)) + K[t] + W[t]) | 0;
          const S0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
          const two = (S0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
          h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
        }
        H[0] += a; H[1] += b; H[2] += c; H[3] += d; H[4] += e; H[5] += f; H[6] += g; H[7] += h;
      }
    }

    return {
      add: function (bytes) {
        let at = 0;
        length += bytes.length;
        if (waiting) {
          at = Math.min(64 - waiting, bytes.length);
          rest.set(bytes.subarray(0, at), waiting);
          waiting += at;
          if (waiting < 64) return;
          blocks(rest, 0, 64);
          waiting = 0;
        }
        const whole = at + ((bytes.length - at) & ~63);
        blocks(bytes, at, whole);
        rest.set(bytes.subarray(whole));
        waiting = bytes.length - whole;
      },
      end: function () {
        const last = new Uint8Array(waiting < 56 ? 64 : 128), view = new DataView(last.buffer);
        last.set(rest.subarray(0, waiting));
        last[waiting] = 0x80;
        view.setUint32(last.length - 8, Math.floor(length / 0x20000000));
        view.setUint32(last.length - 4, (length * 8) >>> 0);
        blocks(last, 0, last.length);
        return Array.from(H, word => (word >>> 0).toString(16).padStart(8, "0")).join("");
      },
    };
  }

  async function digestOfBytes(bytes) {
    if (window.crypto && crypto.subtle) {
      const found = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      return Array.from(found, byte => byte.toString(16).padStart(2, "0")).join("");
    }
    const digest = sha256();
    digest.add(bytes);
    return digest.end();
  }

  async function digestOfFile(file, told) {
    if (file.size <= AT_ONCE && window.crypto && crypto.subtle) {
      return digestOfBytes(new Uint8Array(await file.arrayBuffer()));
    }
    const digest = sha256();
    for (let at = 0; at < file.size; at += PIECE) {
      digest.add(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()));
      if (!told(Math.min(1, (at + PIECE) / file.size))) return null;
    }
    return digest.end();
  }

  /* A text with the line ends of the other kind of system; null when it is no text or has no lines. */
  function otherLineEnds(bytes) {
    if (bytes.indexOf(0) >= 0 || bytes.indexOf(10) < 0) return null;
    const returns = bytes.some((byte, at) => byte === 13 && bytes[at + 1] === 10);
    const changed = new Uint8Array(returns ? bytes.length : bytes.length * 2);
    let length = 0;
    for (let at = 0; at < bytes.length; at++) {
      if (returns && bytes[at] === 13 && bytes[at + 1] === 10) continue;
      if (!returns && bytes[at] === 10) changed[length++] = 13;
      changed[length++] = bytes[at];
    }
    return { bytes: changed.subarray(0, length), from: returns ? "CRLF" : "LF", to: returns ? "LF" : "CRLF" };
  }

  let turn = 0; /* what is under way; an older question is dropped when a newer one comes */

  async function askFile(file) {
    const mine = ++turn;
    input.value = "";
    answer.replaceChildren();
    const told = function (part) {
      progress.querySelector("progress").value = part;
      progress.querySelector("span").textContent =
        "computing the SHA-256 of " + file.name + ", " + lookup.size(file.size) + ": " + Math.floor(part * 100) + " %";
      return mine === turn;
    };
    told(0);
    progress.hidden = false;
    try {
      const digest = await digestOfFile(file, told);
      if (mine !== turn) return;
      input.value = digest;
      remember(digest);
      let found = await lookup.contents(site, digest), ends = null;
      if (!found.length && file.size <= TEXT) {
        ends = otherLineEnds(new Uint8Array(await file.arrayBuffer()));
        if (ends) found = await lookup.contents(site, await digestOfBytes(ends.bytes));
      }
      if (mine === turn) show(found, { file: file, digest: digest, ends: found.length ? ends : null });
    } catch (error) {
      if (mine === turn) fail(file.name + " could not be looked up: " + error.message + ".");
    }
    if (mine === turn) progress.hidden = true;
  }

  /* The digest in what somebody pastes: also `sha256:…`, and a line as sha256sum prints it. */
  function digestIn(text) {
    const found = /^\s*\\?(?:sha-?256[:=\s]\s*)?([0-9a-f]+)(?:\s.*)?$/i.exec(text);
    return found && found[1].length >= FEWEST && found[1].length <= 64 ? found[1].toLowerCase() : null;
  }

  async function askDigest(text) {
    const mine = ++turn, digest = digestIn(text);
    progress.hidden = true;
    answer.replaceChildren();
    if (!digest) {
      fail("“" + lookup.cut(text.trim(), 80) + "” is no SHA-256: paste eight to 64 of its digits, 0 to 9 and a to f.");
      return;
    }
    try {
      const found = await lookup.contents(site, digest);
      if (mine === turn) show(found, { digest: digest });
    } catch (error) {
      if (mine === turn) fail("This digest could not be looked up: " + error.message + ".");
    }
  }

  function remember(digest) {
    const url = digest ? "?sha256=" + digest : location.pathname;
    if (location.search !== "?sha256=" + digest) history.pushState(null, "", url);
  }

  function fail(sentence) {
    answer.replaceChildren(make("div", { class: "pub-problems" }, make("p", { text: sentence })));
  }

  function show(found, asked) {
    const name = asked.file ? asked.file.name : "";
    answer.replaceChildren();
    if (!found.length) {
      const what = name ? make("strong", { text: name }) : asked.digest.length < 64 ? "a SHA-256 that begins so" : "this SHA-256";
      answer.append(make("div", { class: "pub-empty pub-none-made" },
        make("p", {}, make("strong", { text: "No run of this site made or read a file with this content." })),
        make("p", {}, "Not one recorded file has ", name ? "the content of " : "", what, " (",
          make("code", { text: asked.digest }), "). It may have been changed since, even by one byte, or made by a run that is not on this site.")));
      return;
    }
    if (found.length > 1) {
      answer.append(make("p", { class: "pub-summary", text: found.length + " contents have a SHA-256 that begins so." }));
    }
    found.forEach(function (content) { answer.append(card(content, name, asked.ends)); });
  }

  function card(content, name, ends) {
    const made = content.made, read = content.read;
    const box = make("section", { class: "pub-found" });
    const head = make("h2", { class: "pub-found-head" });
    const subject = name ? name : "This content";
    if (made.all) {
      head.append(subject + " was made by ", made.all === 1 ? "run " : lookup.plural(made.all, "run") + ", first by ",
        lookup.link(site, made.named[0].run), ", as ", make("code", { text: made.named[0].path }));
    } else {
      head.append("No run made " + (name || "this content") + "; ",
        read.all === 1 ? "run " : lookup.plural(read.all, "run") + " read it, first ",
        lookup.link(site, read.named[0].run), read.all === 1 ? " read it, as " : ", as ",
        make("code", { text: read.named[0].path }));
    }
    box.append(head);
    if (ends) {
      box.append(make("p", { class: "pub-note pub-ends" }, make("strong", { text: "Only its line ends differ: " }),
        "your file has " + ends.from + " where the recorded one has " + ends.to + ". Apart from that they are the same, byte by byte."));
    }
    if (content.sanitised) {
      box.append(make("p", { class: "pub-note pub-sanitised" }, make("strong", { text: "This is the sanitised copy that this site shows: " }),
        "the file that the run wrote can do more than draw, and is offered as text."));
    }
    const facts = make("p", { class: "pub-note" });
    if (content.size !== null) facts.append(lookup.size(content.size) + " · ");
    facts.append("SHA-256 ", make("code", { text: content.sha256 }));
    if (content.copy) {
      facts.append(" · ", make("a", { href: site.root + content.copy, download: !lookup.opens(content.copy), text: "the kept copy" }));
    }
    box.append(facts);
    if (made.all) box.append(uses("Made by", made));
    box.append(read.all ? uses("Read by", read) : make("p", { class: "pub-note", text: "No run of this site has read it." }));
    return box;
  }

  function uses(title, found) {
    const list = make("ul", { class: "pub-uses" });
    found.named.forEach(function (use) {
      const line = make("li", {}, lookup.link(site, use.run), " as ", make("code", { text: use.path }));
      const more = make("span", { class: "pub-quiet" });
      line.append(more);
      list.append(line);
      lookup.run(site, use.run).then(function (run) {
        more.append(" · " + run.status + " · ", lookup.moment(run.started), " · " + run.title);
      }, function () { /* the link alone is enough */ });
    });
    const rest = found.all - found.named.length;
    if (rest > 0) list.append(make("li", { class: "pub-quiet", text: "and " + lookup.plural(rest, "later run") }));
    return make("div", {}, make("h3", { text: title + " " + lookup.plural(found.all, "run") }), list);
  }

  page.querySelector("#pub-file").addEventListener("change", function (event) {
    if (event.target.files.length) askFile(event.target.files[0]);
    event.target.value = "";
  });
  page.querySelector(".pub-digest-form").addEventListener("submit", function (event) {
    event.preventDefault();
    const digest = digestIn(input.value);
    if (digest) remember(digest);
    askDigest(input.value);
  });
  ["dragenter", "dragover", "dragleave", "drop"].forEach(function (kind) {
    page.addEventListener(kind, function (event) {
      event.preventDefault();
      drop.classList.toggle("pub-over", kind === "dragenter" || kind === "dragover");
      if (kind !== "drop") return;
      const file = event.dataTransfer && event.dataTransfer.files[0];
      if (file) askFile(file);
      else fail("What was dropped is no file.");
    });
  });

  function fromAddress() {
    const digest = new URLSearchParams(location.search).get("sha256");
    input.value = digest || "";
    if (digest) askDigest(digest);
    else { turn++; answer.replaceChildren(); }
  }
  addEventListener("popstate", fromAddress);
  drop.hidden = page.querySelector(".pub-private").hidden = false;
  fromAddress();
})();
