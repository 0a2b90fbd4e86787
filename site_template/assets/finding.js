/* A box in which a run is found by words: what is typed is a query, as on the runs page, and the runs that it means
   stand in a list below. The data and the query language are loaded when the first letter is typed. An id can be typed
   without it. The pattern is the combobox with a list of https://www.w3.org/WAI/ARIA/apg/patterns/combobox/ */
(function () {
  "use strict";
  const lookup = window.publisherLookup;
  if (!lookup) return;
  const make = lookup.make;
  const MOST = 8; /* runs in the list */
  const IDS = /^[0-9a-f]{4,12}$/i;

  async function tableOf(site) {
    await Promise.all(["data/runs.js", "assets/runs-query.js"].map(name => lookup.load(site.root + name)));
    return window.publisher.runs(window.publisherData.runs);
  }

  /* Takes an input; the site, as from `pageOf`; taken(), ids that are not offered; choose(ids). Gives what the input is
     put into, a line that counts, and enter(), for when the input's form is submitted. */
  function finding(entry, site, taken, choose) {
    const list = make("ul", { role: "listbox", id: entry.id + "-list", class: "pub-options-list", "aria-label": "Runs", hidden: true });
    const told = make("span", { class: "pub-quiet pub-found-count", role: "status" });
    let table = null, loading = null, active = -1;
    const around = make("span", { class: "pub-combobox" }, entry, list);
    const names = { role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list", "aria-haspopup": "listbox" };
    Object.keys(names).forEach(name => entry.setAttribute(name, names[name]));

    function close() {
      list.hidden = true;
      entry.setAttribute("aria-expanded", "false");
      point(-1);
    }

    /* The option that Enter takes. */
    function point(at) {
      active = at;
      Array.from(list.children).forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
      if (at < 0) return entry.removeAttribute("aria-activedescendant");
      entry.setAttribute("aria-activedescendant", list.children[at].id);
      list.children[at].scrollIntoView({ block: "nearest" });
    }

    function option(row, at) {
      const id = table.id(row), text = key => window.publisher.visible(table.text(key, row));
      const title = text("reason") || text("label") || text("step") || text("command") || "a run";
      const tags = table.column("tags") ? Array.from(table.column("tags").value(row) || [], window.publisher.visible) : [];
      const more = [text("label"), text("step"), tags.join(", "), ...varying(row), text("status")].filter(each => each && each !== title).join(" · ");
      return make("li", { role: "option", id: list.id + "-" + at, "aria-selected": "false", "data-run": id, click: () => take(id) },
        make("code", { text: lookup.short(id) }), " " + lookup.cut(title, 90), make("span", { class: "pub-line", text: lookup.cut(more, 120) }));
    }

    /* What tells a run from others of the same words. */
    function varying(row) {
      return table.parameters.filter(column => column.varies && Object(column.value(row)) !== column.value(row) && column.holds(row)).slice(0, 3)
        .map(column => window.publisher.visible(column.name.replace(/.*\./, "") + " " + column.value(row)));
    }

    /* The list for what stands in the box. */
    function show() {
      const text = entry.value.trim(), rows = [];
      let count = 0;
      list.replaceChildren();
      close();
      told.textContent = "";
      if (!text || !table) return;
      try {
        const mask = table.query(text), not = new Set(taken());
        mask.forEach(function (found, row) {
          if (!found || not.has(table.id(row))) return;
          if (++count <= MOST) rows.push(row);
        });
      } catch (error) {
        if (!(error instanceof window.publisher.QueryError)) throw error;
        told.textContent = error.message;
        return;
      }
      list.append(...rows.map(option));
      list.hidden = !rows.length;
      list.scrollIntoView({ block: "nearest" });
      entry.setAttribute("aria-expanded", String(rows.length > 0));
      if (!rows.length) told.textContent = "no other run is found by this";
      else told.textContent = count > MOST ? "the newest " + MOST + " of " + lookup.plural(count, "run") : lookup.plural(count, "run");
    }

    function take(id) {
      empty();
      choose([id]);
    }

    function empty() {
      entry.value = "";
      show();
    }

    function typed() {
      if (table) return show();
      loading = loading || tableOf(site).then(function (found) { table = found; }, function (error) {
        loading = null;
        told.textContent = error.message;
      });
      loading.then(() => { if (table && document.activeElement === entry) show(); });
    }

    entry.addEventListener("input", typed);
    entry.addEventListener("blur", close);
    list.addEventListener("mousedown", event => event.preventDefault()); /* the box keeps the focus */
    entry.addEventListener("keydown", function (event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], count = list.children.length;
      if (event.key === "Escape" && !list.hidden) close();
      else if (event.key === "Escape" && entry.value) empty();
      else if (step && list.hidden && count) {
        list.hidden = false;
        entry.setAttribute("aria-expanded", "true");
        point(step > 0 ? 0 : count - 1);
      } else if (step && count) point(active < 0 ? (step > 0 ? 0 : count - 1) : active + step === count ? -1 : active + step);
      else return;
      event.preventDefault();
    });

    /* What Enter means: the run that is pointed at; else ids, if all words are; else the only run in the list, or a
       look at its first one. */
    function enter() {
      if (active >= 0) return take(list.children[active].dataset.run);
      const words = entry.value.toLowerCase().split(/[\s,]+/).filter(Boolean), count = list.children.length;
      if (!words.length) return undefined;
      if (words.every(word => IDS.test(word)) && (!count || words.every(one))) {
        empty();
        return choose(words);
      }
      return count === 1 ? take(list.children[0].dataset.run) : count ? point(0) : undefined;
    }

    const one = id => table.data.ids.match(/.{12}/g).filter(each => each.startsWith(id)).length === 1;

    return { around: around, told: told, enter: enter };
  }

  window.publisherFinding = finding;
})();
