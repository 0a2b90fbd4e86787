/* What pages do with a script: times as the reader's, ids and commands to copy, a filter. They read without it. */
(function () {
  "use strict";

  function ago(then) {
    var days = Math.floor((Date.now() - then) / 86400000);
    if (days < 0) return "";
    if (days === 0) return "today";
    if (days === 1) return "yesterday";
    if (days < 60) return days + " days ago";
    if (days < 730) return Math.round(days / 30.44) + " months ago";
    return Math.round(days / 365.25) + " years ago";
  }

  function times(root) {
    root.querySelectorAll(".pub time[datetime]:not([data-publisher-done])").forEach(function (element) {
      var exact = element.getAttribute("datetime");
      var then = new Date(exact);
      if (isNaN(then)) return;
      var table = element.closest("table, figcaption");
      element.setAttribute("data-publisher-done", "");
      var past = ago(then);
      element.title = exact.replace("T", " ").replace("Z", " UTC") + (past && ", " + past);
      element.textContent = then.toLocaleString(undefined, {
        day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit"
      }) + (table || !past ? "" : " (" + past + ")");
    });
  }

  /* The days of prices. Past half a year they are old, and say so; the page itself is the same on any day. */
  function prices(root) {
    root.querySelectorAll(".pub time:not([datetime], [data-publisher-done])").forEach(function (element) {
      var then = new Date(element.textContent), days = Math.floor((Date.now() - then) / 86400000);
      element.setAttribute("data-publisher-done", "");
      if (isNaN(then)) return;
      element.setAttribute("datetime", element.textContent);
      element.textContent = then.toLocaleDateString(undefined, {
        day: "numeric", month: "short", year: "numeric", timeZone: "UTC"
      });
      if (days <= 180) return;
      var told = document.createElement("strong");
      told.className = "pub-old";
      told.textContent = " (old: " + Math.round(days / 30.44) + " months)";
      element.after(told);
    });
  }

  /* A run's page names its repository once, in the commands: what GitHub opens it with is added here. */
  function codespaces(root) {
    root.querySelectorAll("#run-it-yourself + pre > code:not([data-publisher-done])").forEach(function (code) {
      var found = /^git clone https:\/\/github\.com\/([\w.-]+\/[\w.-]+)\n/.exec(code.textContent);
      var line = code.parentNode.nextElementSibling;
      code.setAttribute("data-publisher-done", "");
      if (!found || !line || !line.matches(".pub-launch")) return;
      var link = document.createElement("a");
      link.href = "https://codespaces.new/" + found[1].replace(/\.git$/, "") + "?quickstart=1";
      link.textContent = "Codespaces";
      line.prepend(link, " ");
    });
  }

  /* The commands of a page as what a new machine is told when it is rented: see https://cloudinit.readthedocs.io */
  function cloudInit(commands) {
    var script = [
      "set -eu",
      "export HOME=/root PATH=\"/root/.local/bin:$PATH\"",
      "cd /root",
      "pipx install uv",
      "pipx install 'provenance-publisher[verify]'"
    ].concat(commands.trim().split("\n"));
    return [
      "#cloud-config",
      "# User data for a new machine with Debian 12, Ubuntu 24.04 or newer. It says what it does in",
      "# /var/log/cloud-init-output.log, and is not switched off by itself.",
      "# Compilers, R and the like that the program needs are added to the packages.",
      "package_update: true",
      "packages: [ca-certificates, curl, git, pipx]",
      "write_files:",
      "- path: /root/run.sh",
      "  content: |"
    ].concat(
      script.map(function (line) { return "    " + line; }),
      ["runcmd:", "- [bash, /root/run.sh]", ""]
    ).join("\n");
  }

  function clouds(root) {
    root.querySelectorAll("#run-it-yourself + pre > code, #cost + div code").forEach(function (code) {
      var place = code.closest("#cost + div") || code.closest("pre");
      if (!/^git clone /.test(code.textContent) || root.querySelector(".pub-cloud")) return;
      var fold = document.createElement("details");
      fold.className = "pub-cloud";
      fold.innerHTML = '<summary>On a rented machine <span class="pub-quiet">user data for cloud-init</span></summary><pre><code></code></pre>';
      fold.querySelector("code").textContent = cloudInit(code.textContent);
      var next = place.nextElementSibling;
      (next && next.matches(".pub-launch") ? next : place).after(fold);
    });
  }

  function copy(text, told) {
    function done() {
      var before = told.textContent;
      told.textContent = "copied";
      setTimeout(function () { told.textContent = before; }, 1200);
    }
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(text).then(done, function () {});
      return;
    }
    var area = document.createElement("textarea"); /* from file:// there is no clipboard to ask */
    area.value = text;
    area.className = "pub-away";
    document.body.appendChild(area);
    area.select();
    if (document.execCommand("copy")) done();
    area.remove();
  }

  function button(text, name) {
    var made = document.createElement("button");
    made.type = "button";
    made.className = "pub-copy";
    made.textContent = "copy";
    made.setAttribute("aria-label", "copy " + name);
    made.addEventListener("click", function () { copy(text, made); });
    return made;
  }

  function buttons(root) {
    root.querySelectorAll("[data-publisher-copy]:not([data-publisher-done])").forEach(function (element) {
      element.setAttribute("data-publisher-done", "");
      element.after(button(element.getAttribute("data-publisher-copy"), element.textContent));
    });
    root.querySelectorAll(".pub-run > .pub-path > code:not([data-publisher-done])").forEach(function (element) {
      var record = root.querySelector(".pub-raw > a[href$='.yml']"); /* whose name is the whole id */
      element.setAttribute("data-publisher-done", "");
      if (record) element.after(button(record.getAttribute("href").slice(0, -4), element.textContent));
    });
    root.querySelectorAll(".pub-run .pub-files td:nth-child(3):not([data-publisher-done])").forEach(function (cell) {
      var element = document.createElement("code"); /* of a kept file the link holds the rest of the digest */
      cell.setAttribute("data-publisher-done", "");
      if (!/^[0-9a-f]{12}$/.test(cell.textContent)) return;
      element.textContent = cell.textContent;
      cell.replaceChildren(element);
      var link = element.closest("tr").querySelector("a[href*='artifacts/']");
      var digest = link && /[0-9a-f]{64}/.exec(link.getAttribute("href"));
      var whole = digest && digest[0].indexOf(element.textContent) === 0 ? digest[0] : element.textContent;
      element.title = whole;
      element.after(button(whole, "the digest of " + element.closest("tr").cells[0].textContent));
    });
    root.querySelectorAll(".pub-permalink:not([data-publisher-done])").forEach(function (element) {
      element.setAttribute("data-publisher-done", "");
      if (/^https?:$/.test(location.protocol)) element.setAttribute("href", element.href); /* on paper too, it is whole */
      element.after(button(element.href, "the address of this page"));
    });
    root.querySelectorAll(":is(.pub-run, .pub-cloud) pre:not(.pub-listing):not([data-publisher-done])").forEach(function (text) {
      var element = document.createElement("div");
      text.setAttribute("data-publisher-done", "");
      element.className = "pub-block";
      text.replaceWith(element);
      element.append(text);
      element.appendChild(button(element.querySelector("code").textContent + "\n", element.closest(".pub-cloud") ? "the user data" : element.closest("details") ? "the entry" : "the commands"));
    });
  }

  function filters(root) {
    root.querySelectorAll("[data-publisher-filter]:not([data-publisher-done])").forEach(function (input) {
      input.setAttribute("data-publisher-done", "");
      var rows = Array.prototype.slice.call(
        document.getElementById(input.getAttribute("data-publisher-filter")).tBodies[0].rows
      );
      var texts = null;
      var told = input.closest("p").querySelector("output");
      input.closest("p").hidden = false;
      input.addEventListener("input", function () {
        texts = texts || rows.map(function (row) { return row.textContent.toLowerCase(); });
        var words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
        var shown = 0;
        rows.forEach(function (row, at) {
          var taken = words.every(function (word) { return texts[at].indexOf(word) >= 0; });
          row.hidden = !taken;
          shown += taken;
        });
        told.textContent = words.length ? shown + " of " + rows.length : "";
      });
    });
  }

  /* A link to something inside a fold opens the fold. */
  function unfold() {
    var target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (target && target.matches("details")) target.open = true;
  }

  function start() {
    prices(document);
    codespaces(document);
    times(document);
    clouds(document);
    buttons(document);
    filters(document);
    unfold();
  }

  addEventListener("hashchange", unfold);
  if (window.document$ && document$.subscribe) document$.subscribe(start); /* Material: also after instant loading */
  else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
