/* Runs side by side: what differs, and on request what is the same. The address is the state: ?runs=a,b&same=1. */
(function () {
  "use strict";
  const page = document.querySelector(".pub-compare");
  const lookup = window.publisherLookup;
  if (!page || !lookup) return;
  const make = lookup.make, short = lookup.short, site = lookup.pageOf(page);
  const choose = page.querySelector(".pub-choose"), result = page.querySelector(".pub-result");
  const title = document.title;
  const MOST = 40; /* runs of one comparison */
  const SHOWN = /\.(png|svg|jpe?g|gif|webp)$/; /* what a browser draws */
  const NONE = "–";

  /* ---- the state, which is the address ---- */

  function state() {
    const asked = new URLSearchParams(location.search);
    const ids = (asked.get("runs") || "").split(/[\s,]+/).filter(Boolean).map(id => id.toLowerCase());
    return { ids: ids.filter((id, at) => ids.indexOf(id) === at), same: asked.get("same") === "1" };
  }

  function address(ids, same) {
    return ids.length ? "?runs=" + ids.map(encodeURIComponent).join(",") + (same ? "&same=1" : "") : location.pathname;
  }

  function go(ids, same) {
    history.pushState(null, "", address(ids, same));
    return render();
  }

  /* ---- what is compared: rows of groups; a row has a key and a way to show it for each run ---- */

  const plain = (name, texts, more) => Object.assign({
    name: name, keys: texts, show: at => texts[at],
  }, more);

  /* What a run does not have. */
  const none = () => make("span", {}, make("span", { "aria-hidden": "true", text: NONE }), make("span", { class: "pub-unseen", text: "none" }));

  function numeric(text) {
    return /^-?\d[\d.]*(e[+-]?\d+)?$/.test(text) && text.replace(/\D/g, "").length <= 15;
  }

  /* Two values as they are written; 1 and 1.0 are the same number. */
  function alike(one, other) {
    return one === other || (numeric(one) && numeric(other) && Number(one) === Number(other));
  }

  const differs = row => row.keys.some(key => !alike(key, row.keys[0]));

  function union(maps) {
    const names = new Set();
    maps.forEach(map => map.forEach((value, name) => names.add(name)));
    return Array.from(names);
  }

  function number(value) {
    return typeof value === "number" ? String(Math.abs(value) < 1e15 && Number.isInteger(value) ? value : Number(value.toPrecision(6))) : value;
  }

  function metric(name, runs) {
    const values = runs.map(run => run.metrics.get(name)), first = values[0];
    return {
      name: name, code: true, keys: values.map(value => (value === undefined ? "" : String(value))),
      show: function (at) {
        const value = values[at];
        const cell = make("span", { title: String(value), text: number(value) });
        const by = value - first;
        if (!at || typeof value !== "number" || typeof first !== "number" || !by) return cell;
        const part = first ? " (" + (by / Math.abs(first) > 0 ? "+" : "") + Number((by / Math.abs(first) * 100).toPrecision(2)) + " %)" : "";
        return make("span", {}, cell, make("span", { class: "pub-line", text: (by > 0 ? "+" : "") + number(by) + part }));
      },
      text: at => (values[at] === undefined ? NONE : String(values[at])),
    };
  }

  function commit(runs) {
    return {
      name: "commit", keys: runs.map(run => run.commit),
      show: function (at) {
        const run = runs[at], text = make("code", { text: run.commit.slice(0, 10), title: run.commit });
        const known = /^[0-9a-f]{40,64}$/.test(run.commit) && /^https:\/\//.test(run.commits);
        return known ? make("a", { href: run.commits + run.commit }, text) : text;
      },
      text: at => runs[at].commit.slice(0, 10) || NONE,
    };
  }

  /* The code of two commits on the page of whoever keeps it, where both lie in one place. */
  function between(first, run) {
    const whole = /^[0-9a-f]{40,64}$/;
    if (!whole.test(first.commit) || !whole.test(run.commit) || first.commit === run.commit) return null;
    if (!/^https:\/\//.test(run.compare) || run.compare !== first.compare) return null;
    return run.compare.replace("{old}", first.commit).replace("{new}", run.commit);
  }

  function codeDifference(runs) {
    const links = runs.map(run => between(runs[0], run));
    if (!links.some(Boolean)) return null;
    return {
      name: "difference of the code", keys: runs.map(run => run.commit), note: true,
      show: at => (links[at] ? make("a", { href: links[at], text: "from " + short(runs[0].id) + " to this" }) : ""),
      text: at => links[at] || "",
    };
  }

  function patch(runs) {
    return {
      name: "changes not committed", keys: runs.map(run => (run.dirty ? run.patch[0] || "not kept " + run.id : "none")),
      show: function (at) {
        const run = runs[at], told = run.patch || [];
        if (!run.dirty) return "none";
        if (!told[1]) return run.commit ? "yes, and not kept" : "no commit";
        return make("a", { href: site.root + told[1], download: run.id + ".patch", text: "patch " + told[0].slice(0, 7) });
      },
      text: at => (runs[at].dirty ? "patch " + ((runs[at].patch || [])[0] || "not kept").slice(0, 8) : "none"),
    };
  }

  function files(kind, runs) {
    const maps = runs.map(run => new Map(run[kind].map(file => [file.path, file])));
    return union(maps).map(function (path) {
      const found = maps.map(map => map.get(path));
      const keys = found.map((file, at) => (file ? file.sha256.slice(0, 16) || "not known " + runs[at].id : ""));
      const text = function (at) {
        const file = found[at];
        if (!file) return NONE;
        const told = file.size === null ? "" : lookup.size(file.size);
        return file.sha256 ? told : told + " content not known";
      };
      return {
        name: path, code: true, keys: keys,
        show: function (at) {
          const file = found[at];
          if (!file || !file.sha256) return text(at);
          if (at && keys[at] === keys[0]) return "= the same";
          const digest = make("a", { href: site.root + "which/" + site.index + "?sha256=" + file.sha256, title: file.sha256 },
            make("code", { text: file.sha256.slice(0, 7) }));
          const cell = make("span", {}, text(at) + " ", digest);
          if (file.copy) cell.append(" ", make("a", {
            href: site.root + file.copy, download: !lookup.opens(file.copy), class: "pub-open",
            "aria-label": (lookup.opens(file.copy) ? "open " : "download ") + path + " of " + short(runs[at].id),
            text: lookup.opens(file.copy) ? "open" : "download",
          }));
          return cell;
        },
        text: at => (found[at] && found[at].sha256 ? (at && keys[at] === keys[0] ? "= the same" : text(at) + " " + found[at].sha256.slice(0, 7)) : text(at)),
      };
    });
  }

  function environments(runs, known) {
    const rows = [];
    const facts = function (part, prefix, wanted) {
      const maps = known.map(each => new Map(each ? Object.entries(each[part]) : []));
      union(maps).filter(wanted || Boolean).forEach(function (name) {
        rows.push(plain(prefix + name, maps.map(map => (map.has(name) ? map.get(name) : "")), { package: part === "packages", code: part !== "facts" }));
      });
    };
    rows.push({
      name: "environment", keys: runs.map(run => run.environment),
      show: at => make("a", { href: site.root + "environments/" + runs[at].environment + ".html" },
        make("code", { text: runs[at].environment.slice(0, 7) })),
      text: at => runs[at].environment.slice(0, 7) || NONE,
    });
    facts("facts", "", name => name === "python");
    facts("packages", "");
    facts("facts", "", name => name !== "python");
    facts("variables", "$");
    return rows;
  }

  function groupsOf(runs, known) {
    const texts = name => runs.map(run => run[name]);
    const groups = [
      { title: "Run", one: "fact of the run", many: "facts of the run", rows: [
        plain("status", runs.map(run => run.status + (run.ended && !/completed/.test(run.status) ? ", " + run.ended : ""))),
        plain("step", texts("step")), plain("command", texts("command")), plain("label", texts("label")),
        plain("tags", runs.map(run => run.tags.slice().sort().join(", "))), plain("outcome", texts("outcome")),
      ] },
      { title: "Parameters", one: "parameter", rows: union(runs.map(run => run.parameters)).map(name =>
        plain(name, runs.map(run => (run.parameters.has(name) ? run.parameters.get(name) : "")), { code: true })) },
      { title: "Metrics", one: "metric", rows: union(runs.map(run => run.metrics)).map(name => metric(name, runs)) },
      { title: "Code", one: "fact of the code", many: "facts of the code",
        rows: [commit(runs), codeDifference(runs), patch(runs), plain("branch", texts("branch"))].filter(Boolean) },
      { title: "Environment", one: "fact of the environment", many: "facts of the environment", rows: environments(runs, known) },
      { title: "Inputs", one: "input", rows: files("inputs", runs) },
      { title: "Outputs", one: "output", rows: files("outputs", runs) },
    ];
    groups.forEach(group => { group.rows = group.rows.filter(row => row.keys.some(Boolean)); });
    return groups.filter(group => group.rows.length);
  }

  /* ---- the answer in words ---- */

  function summary(groups) {
    const told = [];
    let same = 0;
    groups.forEach(function (group) {
      const rows = group.rows.filter(row => !row.note), changed = rows.filter(differs);
      same += rows.length - changed.length;
      const packages = changed.filter(row => row.package).length;
      const others = changed.length - packages;
      if (group.title === "Environment") {
        if (packages) told.push(lookup.plural(packages, "package"));
        else if (others) told.push("the environment");
      } else if (group.title === "Code") {
        if (others) told.push("the code");
      } else if (others) told.push(lookup.plural(others, group.one, group.many));
    });
    const last = told.pop();
    if (!last) return "Nothing recorded differs between these runs but when they ran and how long they took.";
    const many = told.length || /^[^1]\d* |^1\d+ /.test(last);
    const list = told.length ? told.join(", ") + " and " + last : last;
    return list.charAt(0).toUpperCase() + list.slice(1) + (many ? " differ" : " differs") + "; " +
      (same ? lookup.plural(same, "fact is", "facts are") + " the same." : "nothing else is recorded.");
  }

  /* ---- the table ---- */

  function head(runs, ids, same) {
    const row = make("tr", {}, make("th", { scope: "col", class: "pub-name" }, make("span", { class: "pub-unseen", text: "fact" })));
    runs.forEach(function (run, at) {
      const cell = make("th", { scope: "col", class: "pub-run-head" }, lookup.link(site, run.id), " ",
        make("span", { class: "pub-run-title", text: lookup.cut(run.title, 90) }),
        make("span", { class: "pub-line", text: run.status + (run.duration === null ? "" : " in " + lookup.duration(run.duration)) }),
        make("span", { class: "pub-line", text: run.verdict }),
        make("span", { class: "pub-line" }, lookup.moment(run.started)));
      const doors = make("span", { class: "pub-run-doors" });
      if (at) doors.append(button("make first", "make " + short(run.id) + " the first", () => go([run.id].concat(ids.filter(id => id !== run.id)), same)));
      doors.append(button("remove", "remove " + short(run.id) + " from the comparison", () => go(ids.filter(id => id !== run.id), same)));
      cell.append(doors);
      row.append(cell);
    });
    return make("thead", {}, row);
  }

  function button(text, name, act) {
    return make("button", { type: "button", class: "pub-small", "aria-label": name, text: text, click: function () {
      act().then(() => { const told = result.querySelector(".pub-summary"); if (told) told.focus(); });
    } });
  }

  function table(groups, runs, ids, same) {
    const made = make("table", { class: "pub-table pub-comparison" }, make("caption", { class: "pub-unseen", text: "What differs between the runs" }), head(runs, ids, same));
    groups.forEach(function (group) {
      const rows = group.rows.filter(row => same || differs(row));
      if (!rows.length) return;
      const body = make("tbody", {}, make("tr", { class: "pub-group" },
        make("th", { scope: "rowgroup", colspan: runs.length + 1 }, make("span", { class: "pub-stay", text: group.title }))));
      rows.forEach(function (row) {
        const line = make("tr", {}, make("th", { scope: "row", class: "pub-name" }, row.code ? make("code", { text: row.name }) : row.name));
        const changed = differs(row);
        runs.forEach(function (run, at) {
          const other = changed && at && !row.note && !alike(row.keys[at], row.keys[0]);
          const absent = row.keys[at] === "" && !row.note;
          line.append(make("td", { class: other && !absent ? "pub-unlike" : at || !changed || absent ? "pub-quiet" : null },
            absent ? none() : row.show(at)));
        });
        body.append(line);
      });
      made.append(body);
    });
    return make("div", { class: "pub-wide", tabindex: 0, role: "region", "aria-label": "The runs side by side" }, made);
  }

  /* ---- for a pull request ---- */

  function cellOf(text) {
    const line = String(text).replace(/\s+/g, " ");
    if (/^[\w .,:%+≠=–-]*$/.test(line)) return line;
    const longest = Math.max(0, ...(line.match(/`+/g) || []).map(run => run.length));
    const fence = "`".repeat(longest + 1), space = longest ? " " : "";
    return fence + space + line.replace(/\|/g, "\\|") + space + fence;
  }

  function markdown(groups, runs, same) {
    const here = /^https?:$/.test(location.protocol) ? location.href.replace(/[?#].*/, "") : "";
    const named = run => (here ? "[" + short(run.id) + "](" + new URL(site.root + "runs/" + run.id + ".html", here).href + ")" : short(run.id));
    const lines = ["| | " + runs.map(named).join(" | ") + " |", "|---|" + "---|".repeat(runs.length)];
    lines.push("| why | " + runs.map(run => cellOf(run.title)).join(" | ") + " |");
    groups.forEach(function (group) {
      const rows = group.rows.filter(row => same || differs(row));
      if (rows.length) lines.push("| **" + group.title + "** |" + " |".repeat(runs.length));
      rows.forEach(function (row) {
        const text = row.text || (at => row.keys[at] || NONE);
        lines.push("| " + cellOf(row.name) + " | " + runs.map((run, at) => cellOf(text(at))).join(" | ") + " |");
      });
    });
    if (here) lines.push("", "[Compared on the site](" + here + address(runs.map(run => run.id), same) + ")");
    return lines.join("\n") + "\n";
  }

  /* ---- figures ---- */

  function figures(runs) {
    const paths = new Map();
    runs.forEach(function (run) {
      run.outputs.forEach(function (file) {
        if (!file.copy || !SHOWN.test(file.copy)) return;
        if (!paths.has(file.path)) paths.set(file.path, []);
        paths.get(file.path).push({ run: run, file: file });
      });
    });
    const made = make("div", { class: "pub-compared-figures" });
    let count = 0;
    Array.from(paths.keys()).forEach(function (path) {
      made.append(figure(path, paths.get(path), runs.length, count++));
    });
    if (count) made.prepend(make("h2", { id: "figures", text: "Figures" }));
    return made;
  }

  function picture(path, each, decorative) {
    return make("img", { src: site.root + each.file.copy, alt: decorative ? "" : path + " of run " + short(each.run.id) + ": " + lookup.cut(each.run.title, 90) });
  }

  function figure(path, found, all, count) {
    const block = make("section", { class: "pub-compared" }, make("h3", {}, make("code", { text: path })));
    const alike = found.every(each => each.file.sha256 === found[0].file.sha256);
    if (found.length > 1 && alike) {
      block.append(make("p", { class: "pub-note", text: found.length === all ? "The same picture in all of them, byte by byte." : "The same picture in the " + found.length + " runs that have it." }),
        make("div", { class: "pub-figures pub-one" }, side(path, found[0])));
      return block;
    }
    if (found.length < all) {
      block.append(make("p", { class: "pub-note", text: "Only " + lookup.plural(found.length, "run") + " of " + all + " made it." }));
    }
    const view = make("div", {});
    const sideBySide = function () {
      view.replaceChildren(make("div", { class: "pub-figures" + (found.length > 1 ? "" : " pub-one") }, ...found.map(each => side(path, each))));
    };
    if (found.length > 1) {
      const views = make("fieldset", { class: "pub-views" }, make("legend", { class: "pub-unseen", text: "How to look at " + path }));
      [["side by side", sideBySide], ["overlay", () => overlay(view, path, found, count, false)], ["difference", () => overlay(view, path, found, count, true)]]
        .forEach(function (each, at) {
          views.append(make("label", {}, make("input", { type: "radio", name: "pub-view-" + count, checked: !at, change: each[1] }), " " + each[0]));
        });
      block.append(views);
    }
    sideBySide();
    block.append(view);
    return block;
  }

  function side(path, each) {
    const image = picture(path, each);
    const shown = lookup.opens(each.file.copy) ? make("a", { href: site.root + each.file.copy }, image) : image;
    return make("figure", {}, shown, make("figcaption", {}, lookup.link(site, each.run.id), " " + lookup.cut(each.run.title, 90)));
  }

  function overlay(view, path, found, count, difference) {
    let other = found[1];
    const first = found[0], below = picture(path, first), above = picture(path, other);
    const edge = make("span", { class: "pub-edge", "aria-hidden": "true" });
    const stage = make("div", { class: "pub-overlay" + (difference ? " pub-difference" : "") }, below, above);
    const told = make("p", { class: "pub-note" });
    const slider = make("input", { type: "range", min: 0, max: 100, value: 50, class: "pub-slider", input: move });
    const tell = function () {
      const sizes = [below, above].map(image => image.naturalWidth + " × " + image.naturalHeight);
      told.textContent = (difference ? "Black where the two are the same; the brighter, the further apart." : "Left of the line " + short(first.run.id) + ", right of it " + short(other.run.id) + ".") +
        (below.naturalWidth && above.naturalWidth && sizes[0] !== sizes[1] ? " They are not of one size: " + sizes.join(" and ") + "." : "");
    };
    function move() {
      above.style.clipPath = difference ? "" : "inset(0 0 0 " + slider.value + "%)";
      edge.style.left = slider.value + "%";
      slider.setAttribute("aria-valuetext", slider.value + " % " + short(first.run.id) + ", then " + short(other.run.id));
    }
    function take(at) {
      other = found[at];
      const next = picture(path, other);
      above.src = next.src;
      above.alt = next.alt;
      move();
      tell();
    }
    [below, above].forEach(image => image.addEventListener("load", tell));
    const doors = make("div", { class: "pub-overlay-doors" });
    if (found.length > 2) {
      const select = make("select", { id: "pub-other-" + count, change: event => take(Number(event.target.value)) });
      found.slice(1).forEach((each, at) => select.append(make("option", { value: at + 1, text: short(each.run.id) + " " + lookup.cut(each.run.title, 40) })));
      doors.append(make("label", { for: "pub-other-" + count, text: short(first.run.id) + " with " }), select);
    }
    if (!difference) {
      stage.append(edge);
      slider.setAttribute("aria-label", "how much of " + short(first.run.id) + " is seen");
      doors.append(slider);
    }
    move();
    tell();
    view.replaceChildren(doors, stage, told);
  }

  /* ---- the page ---- */

  const adding = make("form", { class: "pub-add", submit: function (event) {
    event.preventDefault();
    found.enter();
  } });
  const entry = make("input", { type: "text", id: "pub-add", spellcheck: "false", autocomplete: "off", autocapitalize: "off", placeholder: "7f3a9c1, or words" });
  const found = window.publisherFinding(entry, site, () => shown, function (more) {
    const now = state();
    go(now.ids.concat(more.filter(id => now.ids.indexOf(id) < 0)), now.same).then(() => entry.focus());
  });
  adding.append(make("label", { for: "pub-add", text: "Add a run by its id, its label, step, tags or other words" }),
    make("span", { class: "pub-ask" }, found.around, make("button", { type: "submit", class: "pub-button", text: "Add" }), found.told));

  let turn = 0, shown = []; /* ids of the runs that are compared */

  async function render() {
    const mine = ++turn, asked = state();
    if (asked.ids.length) result.setAttribute("aria-busy", "true");
    const runs = [], problems = [];
    const answers = await Promise.all(asked.ids.slice(0, MOST).map(id => lookup.run(site, id).catch(error => error)));
    answers.forEach(function (each) {
      if (each instanceof Error) problems.push(each.message);
      else if (!runs.some(run => run.id === each.id)) runs.push(each);
    });
    if (asked.ids.length > MOST) problems.push("only the first " + MOST + " runs are compared");
    const missing = new Set();
    const known = await Promise.all(runs.map(run => lookup.environment(site, run.environment).catch(function () { missing.add(run.environment); return null; })));
    if (mine !== turn) return;
    missing.forEach(name => problems.push("the environment " + name.slice(0, 7) + " could not be loaded, so packages are not compared with it"));
    result.removeAttribute("aria-busy");
    result.replaceChildren();
    choose.hidden = runs.length > 1;
    document.title = runs.length ? runs.map(run => short(run.id)).join(", ") + " · " + title : title;
    if (problems.length) {
      result.append(make("div", { class: "pub-problems", role: "alert" }, make("ul", {}, ...problems.map(text => make("li", { text: text })))));
    }
    const ids = shown = runs.map(run => run.id);
    if (runs.length === 1) {
      result.append(make("p", {}, "One run is chosen, ", lookup.link(site, ids[0]), " " + runs[0].title + ". Add another to compare it with."));
    }
    if (runs.length > 1) compared(runs, ids, known, asked.same);
    (runs.length > 1 ? result : page).append(adding);
  }

  function compared(runs, ids, known, same) {
    const groups = groupsOf(runs, known);
    const place = make("div", {});
    const told = make("span", { class: "pub-quiet", role: "status" });
    const fill = function (same) {
      page.classList.toggle("pub-mixed", same || runs.length > 2);
      place.replaceChildren(table(groups, runs, ids, same));
    };
    const box = make("input", { type: "checkbox", id: "pub-same", checked: same, change: function () {
      history.replaceState(null, "", address(ids, box.checked));
      fill(box.checked);
    } });
    const copying = make("button", { type: "button", class: "pub-button", text: "Copy as Markdown", click: function () {
      lookup.copy(markdown(groups, runs, box.checked)).then(() => { told.textContent = "copied"; }, error => { told.textContent = error.message; });
    } });
    fill(same);
    result.append(make("p", { class: "pub-summary", tabindex: -1, text: summary(groups) }),
      make("p", { class: "pub-options" }, make("label", {}, box, " show what is the same"), " ", copying, " ", told),
      place, figures(runs));
  }

  addEventListener("popstate", render);
  page.addEventListener("click", function (event) { /* the two newest, without loading the page again */
    const link = event.target.closest && event.target.closest(".pub-choose a[href^='?']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, "", link.getAttribute("href"));
    render();
  });
  render();
})();
