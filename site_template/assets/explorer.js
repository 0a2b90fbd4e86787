/* The runs page with a script: a table of any number of runs, of which only the rows in sight are in the page; a query,
   facets, ranges, sorting, a choice of columns, a selection to compare, downloads, and a plot (plot.js). All of it
   stands in the address, so that a filtered view is a link. The table without a script is taken out of the page. */
(function () {
  "use strict";

  var SPARE = 8; /* rows beyond those in sight that are kept ready */
  var FACETS = [["step", "step"], ["tag", "tags"], ["status", "status"], ["verdict", "verdict"]];
  var MOST_CHOICES = 60;
  var BARS = 32;
  var PRINTED = 1000;
  var LONGEST_TAIL = 9; /* characters behind a decimal point for which others are padded */
  var MEASURED = 4; /* texts of a column, the longest, that are measured in pixels */
  var WHY = 15; /* rem: the widest that the column "why" is made for */

  /* -- words ------------------------------------------------------------------------------------------------- */

  var visible = window.publisher.visible;

  function cut(text) {
    return text.length > 400 ? text.slice(0, 400) + "…" : text;
  }

  function seconds(value) {
    if (!isFinite(value)) return String(value);
    if (value < 0.9995) return Math.round(value * 1000) + " ms";
    if (value < 59.95) return value.toFixed(1) + " s";
    var whole = Math.round(value);
    if (whole < 3600) return Math.floor(whole / 60) + " min " + whole % 60 + " s";
    whole = Math.round(value / 60);
    if (whole < 2880) return Math.floor(whole / 60) + " h " + whole % 60 + " min";
    return Math.floor(whole / 1440) + " d " + Math.floor(whole % 1440 / 60) + " h";
  }

  /* Six digits at most, as every page shows a metric; its title has the rest. */
  function sixDigits(value) {
    if (typeof value === "bigint") value = Number(value);
    if (!isFinite(value)) return String(value).replace("Infinity", "inf").replace("NaN", "nan");
    if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
    return String(Number(value.toPrecision(6)));
  }

  function exact(micro) {
    var milli = Math.floor(micro / 1000), text = new Date(milli).toISOString();
    return text.slice(0, 23) + String(micro - milli * 1000).padStart(3, "0") + "Z";
  }

  function counted(number) {
    return number.toLocaleString("en").replace(/,/g, "\u202f");
  }

  function runs(number) {
    return counted(number) + (number === 1 ? " run" : " runs");
  }

  /* -- elements ---------------------------------------------------------------------------------------------- */

  function element(name, facts, inside) {
    var made = document.createElement(name), key;
    for (key in facts) {
      if (key === "text") made.textContent = facts[key];
      else if (key.slice(0, 2) === "on") made.addEventListener(key.slice(2), facts[key]);
      else if (facts[key] !== null && facts[key] !== false) made.setAttribute(key, facts[key] === true ? "" : facts[key]);
    }
    (inside || []).forEach(function (each) { if (each) made.append(each); });
    return made;
  }

  /* What stands between backticks in a sentence is code. */
  function inCode(sentence) {
    return sentence.split("`").map(function (part, at) { return at % 2 ? element("code", { text: part }) : part; });
  }

  /* What is so already is left alone: each change of a page has it laid out anew. */
  function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function show(element, shown) {
    if (element.hidden === shown) element.hidden = !shown;
  }

  /* A button with a panel below it; the panel is filled when it is opened. */
  function menu(name, fill, kind) {
    var summary = element("summary", { text: name });
    var panel = element("div", { class: "pub-ex-panel" });
    var made = element("details", { class: "pub-ex-menu " + (kind || "") }, [summary, panel]);
    made.addEventListener("toggle", function () {
      if (!made.open) return;
      document.querySelectorAll(".pub-ex-menu[open]").forEach(function (other) { if (other !== made) other.open = false; });
      panel.classList.remove("pub-ex-panel-left");
      panel.replaceChildren();
      fill(panel);
      if (panel.getBoundingClientRect().right > document.documentElement.clientWidth - 4) {
        panel.classList.add("pub-ex-panel-left");
      }
    });
    made.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && made.open) {
        made.open = false;
        summary.focus();
        event.stopPropagation();
      }
    });
    made.refill = function () {
      if (made.open) fill(panel, true);
    };
    made.rename = function (text) { say(summary, text); };
    return made;
  }

  document.addEventListener("click", function (event) {
    document.querySelectorAll(".pub-ex-menu[open]").forEach(function (each) {
      if (!each.contains(event.target)) each.open = false;
    });
  });

  /* -- state, which is the address ----------------------------------------------------------------------------- */

  function readState() { /* not `q`, by which Material opens its own search */
    var text = location.search.length > 1 ? location.search.slice(1) : location.hash.slice(1);
    var told = new URLSearchParams(text), state = { q: told.get("query") || "", facets: {}, sort: told.get("sort") || "-started" };
    FACETS.forEach(function (facet) { state.facets[facet[0]] = told.getAll(facet[0]); });
    state.columns = told.has("column") ? told.getAll("column") : null;
    state.plot = told.has("x") && told.has("y")
      ? { x: told.get("x"), y: told.get("y"), colour: told.get("colour") || "", log: told.get("log") || "" }
      : null;
    return state;
  }

  function stateText(state) {
    var told = new URLSearchParams();
    if (state.q.trim()) told.set("query", state.q.trim());
    FACETS.forEach(function (facet) {
      state.facets[facet[0]].forEach(function (value) { told.append(facet[0], value); });
    });
    if (state.sort !== "-started") told.set("sort", state.sort);
    (state.columns || []).forEach(function (key) { told.append("column", key); });
    if (state.plot) {
      told.set("x", state.plot.x);
      told.set("y", state.plot.y);
      if (state.plot.colour) told.set("colour", state.plot.colour);
      if (state.plot.log) told.set("log", state.plot.log);
    }
    return told.toString();
  }

  function writeState(state, push) {
    var text = stateText(state), before = location.search.slice(1) || location.hash.slice(1);
    if (text === before) return;
    try {
      history[push ? "pushState" : "replaceState"](null, "", location.pathname + (text ? "?" + text : ""));
    } catch (error) { /* some browsers allow nothing else on a page from a folder */
      if (push) location.hash = text;
      else location.replace("#" + text);
    }
  }

  /* -- the explorer -------------------------------------------------------------------------------------------- */

  function Explorer(root, data) {
    this.root = root;
    this.data = data;
    this.table = window.publisher.runs(data);
    this.site = root.getAttribute("data-root");
    this.state = readState();
    this.selected = new Set(); /* places of runs */
    this.mask = null;
    this.items = new Int32Array(0); /* what is listed, in order: places of runs; -1, -2 … are unreadable records */
    this.cards = matchMedia("(max-width: 44.9em)");
    this.ranks = new Map();
    this.orders = new Map();
    this.dates = new Intl.DateTimeFormat(undefined, {
      day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit"
    });
    this.all = this.allColumns();
    this.build();
    this.apply();
    performance.mark("publisher-explorer");
    this.prepare();
  }

  var E = Explorer.prototype;

  /* What the first letter of a query needs, made while nothing else is to do. */
  E.prepare = function () {
    var left = this.table.proseColumns(), idle = window.requestIdleCallback || setTimeout;
    (function next() {
      var column = left.shift();
      if (!column) return;
      idle(function () {
        column.fold();
        next();
      });
    })();
  };

  /* Every column that can be shown, in the order in which they stand: what a reader asks of every run comes first. */
  E.allColumns = function () {
    var table = this.table, has = function (key) { return !!table.column(key); };
    function plain(key, name, first) {
      return { key: key, name: name, first: first, column: table.column(key) };
    }
    var found = [
      plain("started", "when", true),
      { key: "id", name: "run", first: true },
      { key: "title", name: "why", first: true },
      plain("verdict", "verdict", true),
      plain("status", "status", true)
    ];
    if (has("tags")) found.push(plain("tags", "tags", true));
    if (has("step")) found.push(plain("step", "step", table.column("step").open().values.length > 1));
    ["label", "outcome", "command", "commit", "environment", "branch", "dirty", "author"].forEach(function (key) {
      if (has(key)) found.push(plain(key, key, false));
    });
    table.parameters.concat(table.metrics).forEach(function (column) {
      found.push({ key: column.key, name: column.name, first: column.first, column: column, metric: column.key[0] === "m" });
    });
    found.push(plain("duration", "took", true));
    found.forEach(function (each) {
      each.name = visible(each.name);
      each.number = each.key === "duration" || !!each.column && each.column.numeric;
    });
    return found;
  };

  E.shownColumns = function () {
    var wanted = this.state.columns;
    return this.all.filter(function (each) { return wanted ? wanted.indexOf(each.key) >= 0 : each.first; });
  };

  E.title = function (row) {
    var table = this.table;
    return table.text("reason", row) || table.text("label", row) || table.text("step", row) || table.text("command", row) || "a run";
  };

  /* What stands in a cell: a text, and what its title says when that is more. */
  E.shown = function (column, row) {
    var key = column.key, value, text;
    if (key === "id") return [this.table.id(row).slice(0, 7), this.table.id(row)];
    if (key === "title") return [cut(visible(this.title(row))), ""];
    value = column.column.value(row);
    if (value === undefined) return ["", ""];
    if (key === "started") {
      text = exact(value);
      return [this.dates.format(value / 1000), text.replace("T", " ").replace("Z", " UTC")];
    }
    if (key === "duration") return [seconds(Number(value)), value + " s"];
    if (key === "tags") return [visible(value.join(", ")), ""];
    if (key === "commit" || key === "environment") return [value.slice(0, 10), visible(value)];
    if (column.metric) {
      text = sixDigits(value);
      return [text, String(value) === text ? "" : String(value)];
    }
    text = cut(visible(this.written(column.column, row, value)));
    return [text, text.length > 24 ? text : ""];
  };

  /* A number padded behind with blanks as wide as a digit, so that the points of a column stand in line. */
  E.aligned = function (column, text) {
    var tail = tailOf(text);
    if (tail > (column.tail || 0)) column.tail = tail;
    if (!column.tail || tail >= column.tail) return text;
    return text + (tail ? "" : "\u2008") + "\u2007".repeat(column.tail - Math.max(tail, 1));
  };

  /* How many characters stand at the decimal point and behind it; 0 without one, and where there are too many. */
  function tailOf(text) {
    var at = text.indexOf(".");
    return at < 0 || text.length - at > LONGEST_TAIL ? 0 : text.length - at;
  }

  function isAligned(column) {
    return column.number && column.key !== "duration" && column.key !== "started";
  }

  /* A value as it is written on the other pages. */
  E.written = function (column, row, value) {
    if (column.shown && column.shown[column.at[row]] !== undefined) return column.shown[column.at[row]];
    if (typeof value === "number") return String(value) + (column.float && Number.isInteger(value) && Math.abs(value) < 1e16 ? ".0" : "");
    if (value !== null && typeof value === "object") return "long" in value ? value.long : JSON.stringify(value.tree);
    return String(value);
  };

  /* -- order --------------------------------------------------------------------------------------------------- */

  var KINDS = { number: 0, bigint: 0, string: 1, boolean: 2, object: 3 };

  function compared(one, other) {
    var a = KINDS[typeof one], b = KINDS[typeof other];
    if (a !== b) return a - b;
    if (a === 3) {
      one = JSON.stringify(one);
      other = JSON.stringify(other);
    }
    if (Number.isNaN(one)) return Number.isNaN(other) ? 0 : 1;
    if (Number.isNaN(other)) return -1;
    return one < other ? -1 : one > other ? 1 : 0;
  }

  /* The rank of each run's value, -1 where it has none. */
  E.ranked = function (key) {
    var found = this.ranks.get(key), table = this.table, count = table.count, column, row, explorer = this, n;
    if (found) return found;
    found = new Int32Array(count);
    if (key === "started") for (row = 0; row < count; row++) found[row] = count - 1 - row;
    else if (key === "id" || key === "title") {
      rankTexts(found, function (at) { return key === "id" ? table.id(at) : explorer.title(at); });
    } else {
      column = table.column(key).open();
      if (column.numbers) {
        var sorted = column.numbers.slice().sort();
        for (row = 0; row < count; row++) found[row] = column.holds(row) ? place(sorted, column.numbers[row]) : -1;
      } else if (column.kind === "tags") {
        rankTexts(found, function (at) { return column.value(at).join("\n"); });
      } else {
        var order = column.values.map(function (_, at) { return at; });
        order.sort(function (a, b) { return compared(column.values[a], column.values[b]); });
        var rank = new Int32Array(order.length);
        for (n = 1; n < order.length; n++) {
          rank[order[n]] = rank[order[n - 1]] + (compared(column.values[order[n]], column.values[order[n - 1]]) ? 1 : 0);
        }
        for (row = 0; row < count; row++) found[row] = column.at[row] < 0 ? -1 : rank[column.at[row]];
      }
    }
    this.ranks.set(key, found);
    return found;
  };

  function rankTexts(found, text) {
    var different = new Map(), n;
    for (n = 0; n < found.length; n++) different.set(text(n), 0);
    Array.from(different.keys()).sort().forEach(function (each, at) { different.set(each, at); });
    for (n = 0; n < found.length; n++) found[n] = different.get(text(n));
  }

  function place(sorted, value) {
    var low = 0, high = sorted.length;
    while (low < high) {
      var middle = (low + high) >> 1;
      if (sorted[middle] < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /* The places of all runs in the order of a column; those without a value last, newest first among equals. */
  E.order = function (sort) {
    var key = sort.replace(/^-/, ""), down = sort[0] === "-", ranks, starts, order, top, row, rank, n, sum;
    if (this.orders.has(sort)) return this.orders.get(sort);
    ranks = this.ranked(key);
    for (row = 0, top = 0; row < ranks.length; row++) if (ranks[row] > top) top = ranks[row];
    starts = new Int32Array(top + 2);
    for (row = 0; row < ranks.length; row++) {
      rank = ranks[row] < 0 ? top + 1 : down ? top - ranks[row] : ranks[row];
      starts[rank]++;
    }
    for (n = 0, sum = 0; n < starts.length; n++) {
      rank = starts[n];
      starts[n] = sum;
      sum += rank;
    }
    order = new Int32Array(ranks.length);
    for (row = 0; row < ranks.length; row++) {
      rank = ranks[row] < 0 ? top + 1 : down ? top - ranks[row] : ranks[row];
      order[starts[rank]++] = row;
    }
    this.orders.set(sort, order);
    return order;
  };

  /* -- filter -------------------------------------------------------------------------------------------------- */

  E.facetMask = function (facet) {
    var chosen = this.state.facets[facet[0]], column = this.table.column(facet[1]), mask;
    if (!chosen.length || !column) return null;
    mask = new Uint8Array(this.table.count);
    column.mark(mask, function (value) {
      return Array.isArray(value) ? value.some(function (each) { return chosen.indexOf(each) >= 0; }) : chosen.indexOf(value) >= 0;
    });
    return mask;
  };

  function both(mask, other) {
    if (other) for (var row = 0; row < mask.length; row++) mask[row] &= other[row];
    return mask;
  }

  /* Everything that the state says, all at once. */
  E.apply = function () {
    var explorer = this, state = this.state, key = state.sort.replace(/^-/, ""), masks, order, row, n, items, problem = "";
    if (!this.all.some(function (each) { return each.key === key; })) state.sort = "-started";
    try {
      this.asked = this.table.query(state.q);
    } catch (error) {
      if (!(error instanceof window.publisher.QueryError)) throw error;
      problem = error.message + (error.hint ? "; " + error.hint : "");
      this.asked = this.asked || new Uint8Array(this.table.count).fill(1);
    }
    masks = FACETS.map(function (facet) { return explorer.facetMask(facet); });
    this.mask = masks.reduce(both, this.asked.slice());
    order = this.order(state.sort);
    items = new Int32Array(order.length + this.data.broken.length);
    var whole = !state.q.trim() && state.sort === "-started" && masks.every(function (each) { return !each; });
    var broken = whole ? 0 : this.data.broken.length;
    this.matching = 0;
    for (n = 0, row = 0; n < order.length; n++) {
      while (broken < this.data.broken.length && this.isAfter(this.data.broken[broken], order[n])) items[row++] = -1 - broken++;
      if (this.mask[order[n]]) {
        items[row++] = order[n];
        this.matching++;
      }
    }
    while (broken < this.data.broken.length) items[row++] = -1 - broken++;
    this.items = items.subarray(0, row);
    this.filtered = !whole && (this.matching < this.table.count || !!state.q.trim());
    this.say(problem);
    this.layout();
    if (this.plot) this.plot.update();
  };

  E.isAfter = function (broken, row) {
    return broken.started !== "" && Date.parse(broken.started) * 1000 >= this.table.started.open().numbers[row];
  };

  E.say = function (problem) {
    var total = this.table.count, chosen;
    say(this.told, this.matching === total ? runs(total) : counted(this.matching) + " of " + runs(total));
    show(this.whole, this.matching === total);
    if (problem !== this.saidProblem) {
      this.saidProblem = problem;
      this.problem.replaceChildren.apply(this.problem, inCode(problem));
      this.input.setAttribute("aria-invalid", problem ? "true" : "false");
    }
    show(this.problem, !!problem);
    show(this.none, !this.items.length);
    show(this.box, this.items.length > 0);
    if (!this.items.length) this.top = 0; /* as a browser has it of what is not shown */
    show(this.clear, this.filtered);
    FACETS.forEach(function (facet) {
      if (!this.menus[facet[0]]) return;
      chosen = this.state.facets[facet[0]];
      this.menus[facet[0]].rename(facet[0] + (chosen.length ? ": " + chosen.map(visible).join(", ") : ""));
      this.menus[facet[0]].classList.toggle("pub-ex-chosen", chosen.length > 0);
      this.menus[facet[0]].refill();
    }, this);
    if (this.sorter) this.sorter.value = this.state.sort;
    this.saySelected();
  };

  E.saySelected = function () {
    var explorer = this, count = this.selected.size;
    var ids = Array.from(this.selected).map(function (row) { return explorer.table.id(row); });
    var address = this.root.getAttribute("data-compare") + "?runs=" + ids.join(",");
    show(this.compare, count > 1);
    say(this.compare, "Compare " + counted(count));
    if (this.compare.getAttribute("href") !== address) this.compare.setAttribute("href", address);
    say(this.hint, count === 1 ? "1 selected; select another to compare" : "");
    show(this.unselect, count > 0);
  };

  /* A change by the reader. While somebody types, the address is written when they pause. */
  E.changed = function (push) {
    var explorer = this;
    if (this.top) this.box.scrollTop = this.top = 0;
    this.apply();
    clearTimeout(this.writing);
    if (push) writeState(this.state, true);
    else this.writing = setTimeout(function () { writeState(explorer.state, false); }, 250);
  };

  E.asks = function (text) {
    this.state.q = text;
    this.input.value = text;
    this.changed(true);
  };

  E.showAll = function () {
    FACETS.forEach(function (facet) { this.state.facets[facet[0]] = []; }, this);
    this.asks("");
    this.input.focus();
  };

  /* -- ranges -------------------------------------------------------------------------------------------------- */

  /* How a column is named in a query such that no other is meant; empty when the language has no way. */
  E.queryName = function (column) {
    if (column.key === "duration" || column.key === "started") return column.key;
    var name = column.column.name, groups = this.table.named(name), means = [];
    groups.forEach(function (group) {
      if (group.exact) means.push(group.exact);
      means = means.concat(group.ends);
    });
    if (means.length !== 1 || means[0] !== column.column || name === "duration") name = column.key;
    var found = window.publisher.comparison(name + "<1");
    return found && found[1] === name && name[0] !== "-" ? name : "";
  };

  function bounds(name, word) {
    var found = window.publisher.comparison(word);
    return found && found[1] === name && found[2] !== "=" && found[2] !== "!=" ? found : null;
  }

  /* A query with one range exchanged; null for an end that is open. */
  E.withRange = function (text, column, from, to) {
    var name = this.queryName(column), words = window.publisher.queryWords(text);
    if (column.key === "started") {
      words = words.filter(function (word) { return !/^(since|before):/i.test(word); });
      if (from !== null) words.push("since:" + exact(from).slice(0, 19));
      if (to !== null) words.push("before:" + exact(to + 1e6).slice(0, 19));
      return words.join(" ");
    }
    words = words.filter(function (word) { /* an end that stays is left as it was written */
      var found = bounds(name, word), stays;
      if (!found) return true;
      stays = found[3] === String(found[2][0] === ">" ? from : to);
      if (stays && found[2][0] === ">") from = null;
      else if (stays) to = null;
      return stays;
    });
    if (from !== null) words.push(name + ">=" + from);
    if (to !== null) words.push(name + "<=" + to);
    return words.join(" ");
  };

  E.rangeable = function () {
    return this.all.filter(function (column) {
      return column.number && this.queryName(column);
    }, this);
  };

  E.fillRange = function (panel, again) {
    if (again) return;
    var explorer = this, columns = this.rangeable(), least, most;
    var first = columns.filter(function (each) { return each.first; })[0] || columns[0];
    var select = element("select", { "aria-label": "Range of" }, columns.map(function (each) {
      return element("option", { value: each.key, text: each.name });
    }));
    var low = element("input", { type: "number", step: "any", "aria-label": "from" });
    var high = element("input", { type: "number", step: "any", "aria-label": "to" });
    var picture = element("div", { class: "pub-ex-histogram" });
    function column() { return columns.filter(function (each) { return each.key === select.value; })[0]; }
    function fill() {
      var name = explorer.queryName(column()), n, value, found;
      low.value = high.value = "";
      window.publisher.queryWords(explorer.state.q).forEach(function (word) {
        found = bounds(name, word);
        if (found) (found[2][0] === ">" ? low : high).value = found[3];
      });
      for (n = 0, least = Infinity, most = -Infinity; n < explorer.table.count; n++) {
        value = column().column.number(n);
        if (value < least && value > -Infinity) least = value;
        if (value > most && value < Infinity) most = value;
      }
      low.placeholder = least === Infinity ? "" : sixDigits(least);
      high.placeholder = most === -Infinity ? "" : sixDigits(most);
      picture.replaceChildren(explorer.histogram(column(), least, most));
    }
    function take() {
      explorer.asks(explorer.withRange(explorer.state.q, column(),
        low.value === "" ? null : low.value, high.value === "" ? null : high.value));
    }
    if (this.ranged && columns.some(function (each) { return each.key === explorer.ranged; })) select.value = this.ranged;
    else select.value = first.key;
    select.addEventListener("change", function () {
      explorer.ranged = select.value;
      fill();
    });
    low.addEventListener("change", take);
    high.addEventListener("change", take);
    panel.append(
      element("label", { class: "pub-ex-field" }, ["Range of", select]),
      picture,
      element("div", { class: "pub-ex-pair" }, [
        element("label", {}, ["from", low]), element("label", {}, ["to", high])
      ]),
      element("button", { type: "button", class: "pub-ex-button", text: "Clear", onclick: function () {
        low.value = high.value = "";
        take();
      } })
    );
    fill();
  };

  /* Bars of all runs and, before them, of those that are listed. */
  E.histogram = function (column, least, most) {
    var NS = "http://www.w3.org/2000/svg", svg = document.createElementNS(NS, "svg"), all = new Array(BARS).fill(0);
    var listed = all.slice(), n, value, at, top;
    svg.setAttribute("viewBox", "0 0 " + BARS * 6 + " 40");
    svg.setAttribute("aria-hidden", "true");
    if (!(most > least)) return svg;
    for (n = 0; n < this.table.count; n++) {
      value = column.column.number(n);
      if (!isFinite(value)) continue;
      at = Math.min(BARS - 1, Math.floor((value - least) / (most - least) * BARS));
      all[at]++;
      if (this.mask[n]) listed[at]++;
    }
    top = Math.max.apply(null, all);
    [[all, "pub-ex-bar-all"], [listed, "pub-ex-bar"]].forEach(function (kind) {
      kind[0].forEach(function (count, bar) {
        if (!count) return;
        var rect = document.createElementNS(NS, "rect"), height = Math.max(1, count / top * 40);
        rect.setAttribute("class", kind[1]);
        rect.setAttribute("x", bar * 6);
        rect.setAttribute("width", 5);
        rect.setAttribute("y", 40 - height);
        rect.setAttribute("height", height);
        svg.append(rect);
      });
    });
    return svg;
  };

  /* -- menus --------------------------------------------------------------------------------------------------- */

  E.fillFacet = function (facet, panel, again) {
    var explorer = this, column = this.table.column(facet[1]).open(), counts = new Map(), mask = this.asked.slice(), row;
    FACETS.forEach(function (other) { if (other !== facet) both(mask, explorer.facetMask(other)); });
    column.values.forEach(function (value) {
      (Array.isArray(value) ? value : [value]).forEach(function (each) { if (each !== "") counts.set(each, 0); });
    });
    function count(value) { counts.set(value, counts.get(value) + 1); }
    for (row = 0; row < mask.length; row++) {
      if (!mask[row]) continue;
      var value = column.value(row);
      if (Array.isArray(value)) value.forEach(count);
      else if (value !== "") count(value);
    }
    if (again) {
      panel.querySelectorAll("[data-value]").forEach(function (each) {
        each.textContent = counted(counts.get(each.getAttribute("data-value")) || 0);
      });
      panel.querySelectorAll("input").forEach(function (each) {
        each.checked = explorer.state.facets[facet[0]].indexOf(each.value) >= 0;
      });
      return;
    }
    var chosen = this.state.facets[facet[0]];
    var ordered = Array.from(counts.keys()).sort(function (a, b) {
      return (chosen.indexOf(b) >= 0) - (chosen.indexOf(a) >= 0) || counts.get(b) - counts.get(a) || (a < b ? -1 : 1);
    });
    var list = element("ul", { class: "pub-ex-choices" }, ordered.slice(0, MOST_CHOICES).map(function (value) {
      var input = element("input", { type: "checkbox", value: value, onchange: function () {
        var now = explorer.state.facets[facet[0]].filter(function (each) { return each !== value; });
        if (input.checked) now.push(value);
        explorer.state.facets[facet[0]] = now;
        explorer.changed(true);
      } });
      input.checked = chosen.indexOf(value) >= 0;
      return element("li", {}, [element("label", {}, [
        input,
        explorer.marked(facet[0], value) || element("span", { text: visible(value) }),
        element("span", { class: "pub-quiet", "data-value": value, text: counted(counts.get(value)) })
      ])]);
    }));
    panel.append(list);
    if (ordered.length > MOST_CHOICES) {
      panel.append(element("p", { class: "pub-note", text: "The " + MOST_CHOICES + " most frequent of " + counted(ordered.length) +
        ". Any other: write " + facet[0] + ":name into the filter." }));
    }
  };

  /* A state as a shape and a word; null for what is no state. */
  E.marked = function (key, word) {
    var marks = this.data.marks[key], mark = marks && marks[word];
    return mark && element("span", { class: "pub-mark pub-" + mark[1] }, [
      element("span", { class: "pub-shape", "aria-hidden": "true", text: mark[0] }), " " + word
    ]);
  };

  E.fillColumns = function (panel, again) {
    if (again) return;
    var explorer = this, shown = this.shownColumns(), groups = [["", []], ["Parameters", []], ["Metrics", []]];
    this.all.forEach(function (each) {
      groups[each.metric ? 2 : each.key.startsWith("param.") ? 1 : 0][1].push(each);
    });
    groups.forEach(function (group) {
      if (!group[1].length) return;
      if (group[0]) panel.append(element("p", { class: "pub-ex-group", text: group[0] }));
      panel.append(element("ul", { class: "pub-ex-choices" }, group[1].map(function (each) {
        var input = element("input", { type: "checkbox", value: each.key, onchange: function () {
          explorer.state.columns = Array.from(panel.querySelectorAll("input:checked"), function (taken) { return taken.value; });
          explorer.changed(true);
        } });
        input.checked = shown.indexOf(each) >= 0;
        var same = each.key.startsWith("param.") && !each.column.varies;
        return element("li", {}, [element("label", {}, [
          input, element("span", { text: each.name }), same && element("span", { class: "pub-quiet", text: "same in all" })
        ])]);
      })));
    });
    panel.append(element("button", { type: "button", class: "pub-ex-button", text: "As it was", onclick: function () {
      explorer.state.columns = null;
      explorer.changed(true);
      panel.replaceChildren();
      explorer.fillColumns(panel);
      panel.querySelector("input").focus();
    } }));
  };

  E.fillSave = function (panel, again) {
    if (again) return;
    var explorer = this;
    panel.append(element("p", { class: "pub-note", text: "The runs that are listed, with the columns that are shown, exact." }));
    [["CSV", "csv", "text/csv"], ["JSON", "json", "application/json"]].forEach(function (kind) {
      panel.append(element("button", { type: "button", class: "pub-ex-button", text: kind[0], onclick: function () {
        var text = kind[1] === "csv" ? explorer.csv() : explorer.json();
        var link = element("a", { href: URL.createObjectURL(new Blob([text], { type: kind[2] + ";charset=utf-8" })), download: "runs." + kind[1] });
        panel.append(link);
        link.click();
        link.remove();
        setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
      } }));
    });
  };

  function fillHelp(panel, again) {
    if (again) return;
    panel.setAttribute("tabindex", "0"); /* it may have to be scrolled */
    panel.setAttribute("role", "group");
    panel.setAttribute("aria-label", "How to ask");
    panel.append(element("p", { class: "pub-note" }, inCode("Terms stand side by side, and all must hold; the same as in `publisher list`.")));
    panel.append(element("dl", { class: "pub-ex-terms" }, [
      ["mesh", "the word in reason, label, tags, outcome, command, step or id"], ["\"finer mesh\"", "a phrase"],
      ["tag:fig3  status:failed  step:name", "also verdict:matches label: branch: author: reason: outcome: id: commit: env: dirty:yes"],
      ["dt<0.1  mesh.n>=128  duration>60", "a parameter or metric, by its name or the end of it"],
      ["scheme=explicit  seed!=1", "equal, unequal"], ["since:2026-11-01  before:2026-12-01", "when it started (UTC)"],
      ["-tag:draft", "a minus turns any term around"]
    ].map(function (term) {
      return element("div", {}, [element("dt", {}, [element("code", { text: term[0] })]), element("dd", { text: term[1] })]);
    })));
  }

  /* -- what is saved ------------------------------------------------------------------------------------------- */

  E.exactValue = function (column, row) {
    if (column.key === "id") return this.table.id(row);
    if (column.key === "title") return this.title(row);
    var value = column.column.value(row);
    if (value === undefined) return null;
    if (column.key === "started") return column.column.texts ? column.column.texts[row] : exact(value);
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return "long" in value ? value.long : value.tree;
    return value;
  };

  E.csv = function () {
    var csvCell = window.publisher.csvCell, explorer = this, columns = this.shownColumns();
    function cell(column, row) {
      var value = explorer.exactValue(column, row), told = column.column;
      if (column.key === "tags") return csvCell(value === null ? "" : value.join(" "));
      /* among other kinds, a float without decimals is one that is shown so */
      var float = typeof value === "number" && told && (told.float || (told.shown && told.shown[told.at[row]] !== undefined));
      return csvCell(value, float);
    }
    var lines = [columns.map(function (each) { return csvCell(each.key === "title" ? "why" : each.key); }).join(",")];
    this.items.forEach(function (row) {
      if (row >= 0) lines.push(columns.map(function (each) { return cell(each, row); }).join(","));
    });
    return lines.join("\n") + "\n";
  };

  E.json = function () {
    var explorer = this, columns = this.shownColumns(), lines = [];
    this.items.forEach(function (row) {
      if (row < 0) return;
      lines.push("{" + columns.map(function (each) {
        var value = explorer.exactValue(each, row);
        if (typeof value === "number" && !isFinite(value)) value = String(value);
        return JSON.stringify(each.key === "title" ? "why" : each.key) + ": " + (typeof value === "bigint" ? value : JSON.stringify(value));
      }).join(", ") + "}");
    });
    return "[" + lines.join(",\n ") + "]\n";
  };

  /* -- the page ------------------------------------------------------------------------------------------------ */

  E.build = function () {
    var explorer = this, root = this.root, first = root.querySelector(".pub-first");
    this.readLetters(); /* before anything is changed, when to ask costs nothing */
    this.input = element("input", {
      type: "search", id: "pub-ex-ask", autocomplete: "off", spellcheck: "false", "aria-describedby": "pub-ex-problem",
      placeholder: "words, tag:fig3, dt<0.1 …",
      oninput: function () {
        explorer.state.q = explorer.input.value;
        explorer.changed(false);
      },
      onchange: function () { writeState(explorer.state, true); },
      onkeydown: function (event) {
        if (event.key === "ArrowDown") {
          event.preventDefault();
          explorer.activate(0, Math.max(explorer.active.column, 0), true);
        }
      }
    });
    this.input.value = this.state.q;
    var summary = root.querySelector(".pub-summary"), words = summary ? summary.textContent.trim().replace(/^[^:]*:?\s*/, "") : "";
    if (summary) summary.remove();
    this.told = element("output", { for: "pub-ex-ask", "aria-live": "polite" });
    this.whole = element("span", { class: "pub-quiet pub-ex-whole", text: words }); /* said of all runs */
    this.problem = element("p", { id: "pub-ex-problem", class: "pub-ex-problem", role: "status", hidden: true });
    this.clear = element("button", { type: "button", class: "pub-ex-button", text: "Show all", onclick: function () { explorer.showAll(); } });
    this.compare = element("a", { class: "pub-ex-button pub-ex-strong", href: "#", hidden: true });
    this.hint = element("span", { class: "pub-quiet pub-ex-hint" });
    this.unselect = element("button", { type: "button", class: "pub-ex-button", text: "Unselect", hidden: true, onclick: function () {
      explorer.selected.clear();
      explorer.saySelected();
      explorer.forget();
      explorer.draw();
    } });
    this.menus = {};
    FACETS.forEach(function (facet) {
      var column = this.table.column(facet[1]);
      if (!column || (column.open().values.length < 2 && !this.state.facets[facet[0]].length)) return;
      this.menus[facet[0]] = menu(facet[0], this.fillFacet.bind(this, facet));
    }, this);
    var range = this.rangeable().length && menu("range", this.fillRange.bind(this));
    var plots = root.hasAttribute("data-plots");
    this.plotting = plots && element("button", {
      type: "button", class: "pub-ex-button", "aria-expanded": "false", text: "Plot", onclick: function () { explorer.togglePlot(); }
    });
    this.sorter = element("select", { "aria-label": "Order", onchange: function () {
      explorer.state.sort = explorer.sorter.value;
      explorer.changed(true);
    } });
    this.all.forEach(function (each) {
      [["-", "↓"], ["", "↑"]].forEach(function (way) {
        explorer.sorter.append(element("option", { value: way[0] + each.key, text: each.name + " " + way[1] }));
      });
    });
    this.plotPlace = element("div", { class: "pub-ex-plot", hidden: true });
    this.none = element("div", { class: "pub-empty", hidden: true }, [
      element("p", {}, [element("strong", { text: "No run is like that. " }), "Take a term out of the filter, or"]),
      element("p", {}, [element("button", { type: "button", class: "pub-ex-button", text: "show all runs", onclick: function () { explorer.showAll(); } })])
    ]);
    this.buildGrid();
    var bar = element("div", { class: "pub-ex-bar-first" }, [
      element("span", { class: "pub-ex-ask" }, [
        element("label", { for: "pub-ex-ask", class: "pub-ex-unseen", text: "Filter runs" }), this.input, menu("?", fillHelp, "pub-ex-help")
      ]),
      this.told, this.whole, this.clear,
      element("span", { class: "pub-ex-doings" }, [
        this.hint, this.compare, this.unselect, this.plotting,
        menu("Columns", this.fillColumns.bind(this), "pub-ex-right"), menu("Save", this.fillSave.bind(this), "pub-ex-right")
      ])
    ]);
    bar.querySelector(".pub-ex-help > summary").setAttribute("aria-label", "How to ask");
    var second = element("div", { class: "pub-ex-bar-second", role: "group", "aria-label": "Narrow down" },
      FACETS.map(function (facet) { return explorer.menus[facet[0]]; }).concat([
        range, element("span", { class: "pub-ex-sorter" }, [this.sorter])
      ]));
    first.replaceWith(bar, this.problem, second, this.plotPlace, this.box, this.none);
    root.querySelectorAll(".pub-older").forEach(function (each) { each.remove(); });
    addEventListener("popstate", function () { explorer.restore(); });
    addEventListener("hashchange", function () { explorer.restore(); });
    addEventListener("resize", function () { explorer.measure(); });
    addEventListener("beforeprint", function () { explorer.draw(true); });
    addEventListener("afterprint", function () { explorer.layout(); });
    this.cards.addEventListener("change", function () { explorer.measure(); });
    if (this.state.plot && plots) this.togglePlot(true);
  };

  E.restore = function () {
    this.state = readState();
    this.input.value = this.state.q;
    if (!this.state.plot !== !this.plot) this.togglePlot(!!this.state.plot);
    else if (this.plot) this.plot.set(this.state.plot);
    this.apply();
  };

  E.buildGrid = function () {
    var explorer = this;
    this.header = element("div", { role: "row", class: "pub-ex-row pub-ex-head", "aria-rowindex": "1" });
    this.body = element("div", { role: "rowgroup", class: "pub-ex-body" });
    this.box = element("div", {
      role: "grid", id: "pub-runs-table", class: "pub-ex-grid", "aria-label": "Runs", "aria-multiselectable": "true",
      onkeydown: function (event) { explorer.key(event); },
      onclick: function (event) { explorer.click(event); },
      onscroll: function () { /* where it stands is remembered: asking for it lays the page out */
        if (!explorer.drawing) explorer.drawing = requestAnimationFrame(function () {
          explorer.drawing = 0;
          explorer.top = explorer.box.scrollTop;
          explorer.draw();
        });
      }
    }, [element("div", { role: "rowgroup", class: "pub-ex-header" }, [this.header]), this.body]);
    this.rows = new Map(); /* line -> element */
    this.top = 0;
    this.active = { line: -1, column: 0 }; /* line -1 is the header */
  };

  /* Columns and widths anew, then the rows. */
  E.layout = function () {
    var explorer = this, columns = this.shownColumns(), rem = this.rem, cards = this.cards.matches;
    var widths = columns.map(function (each) { return explorer.width(each) * rem; });
    var total = widths.reduce(function (sum, each) { return sum + each; }, 2 * rem);
    var tall = !cards && columns.some(function (each) { return each.tall; });
    var look = [rem, cards, tall].concat(columns.map(function (each) { return each.key; })).join("\n");
    this.sight = Math.max(16 * rem, innerHeight * 0.76); /* the highest that the style sheet lets it be */
    this.columns = columns;
    if (look !== this.look) {
      this.height = Math.round((cards ? 5.1 : tall ? 2.4 : 1.9) * rem);
      this.box.classList.toggle("pub-ex-as-cards", cards);
      this.box.style.setProperty("--pub-row", this.height + "px");
      this.box.style.setProperty("--pub-lines", tall ? "2" : "1");
      this.box.style.setProperty("--pub-columns", 2 * rem + "px " + columns.map(function (each, at) {
        return each.key === "title" ? "minmax(" + widths[at] + "px, " + (each.tall ? "1fr" : widths[at] + "px") + ")" : widths[at] + "px";
      }).join(" "));
      this.box.style.setProperty("--pub-total", cards ? "100%" : total + "px");
      this.box.setAttribute("aria-colcount", String(columns.length + 1));
      this.active.column = Math.min(this.active.column, columns.length);
      this.forget();
    }
    if (look !== this.look || this.state.sort !== this.sorted) this.drawHeader();
    this.look = look;
    this.sorted = this.state.sort;
    this.box.setAttribute("aria-rowcount", String(this.items.length + 1));
    this.body.style.height = this.items.length * this.height + "px";
    this.active.line = Math.min(this.active.line, this.items.length - 1);
    this.draw();
  };

  /* How letters look, and how large they are. */
  E.readLetters = function () {
    this.rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    this.fonts = [
      getComputedStyle(this.root).fontFamily,
      getComputedStyle(document.body).getPropertyValue("--md-code-font-family") || "monospace"
    ];
  };

  /* How large letters and the table are, and all again. */
  E.measure = function () {
    this.readLetters();
    this.top = this.box.scrollTop;
    this.layout();
  };

  /* Rows that were drawn, and are to be drawn anew. */
  E.forget = function () {
    this.rows.clear();
    this.body.replaceChildren();
  };

  /* In rem: as wide as the widest of some of its values, and as its name. What is wider than its column has two lines. */
  E.width = function (column) {
    if (column.wide === undefined) {
      var mark = column.key === "status" || column.key === "verdict", code = column.key === "id" || column.key.startsWith("param.");
      var most = column.key === "title" ? WHY : 9, longest = 0, n, step = Math.max(1, Math.floor(this.table.count / 40));
      var texts = [];
      for (n = 0; n < this.table.count; n += step) texts.push(this.shown(column, n)[0]);
      if (isAligned(column)) {
        texts.forEach(function (each) { this.aligned(column, each); }, this);
        texts = texts.map(function (each) { return this.aligned(column, each); }, this);
      }
      texts = Array.from(new Set(texts)).sort(function (a, b) { return b.length - a.length; }).slice(0, MEASURED);
      texts.forEach(function (each) {
        longest = Math.max(longest, this.measured(each, mark ? "700 " : "", column.key === "id"));
      }, this);
      longest = longest * 0.7 + (mark ? 1 : column.key === "tags" ? 1 : 0);
      column.tall = longest > most && (column.key === "title" || column.key === "tags");
      longest = Math.min(longest, most);
      column.wide = Math.max(longest, Math.min(this.measured(column.name, "700 ", code) * 0.65 + 0.8, 7)) + 0.95;
    }
    return column.wide;
  };

  /* The width of a text, in units of its own size. */
  E.measured = function (text, weight, code) {
    var pen = this.pen = this.pen || document.createElement("canvas").getContext("2d");
    var font = weight + "20px " + this.fonts[code ? 1 : 0];
    if (font !== this.font) this.font = pen.font = font;
    return pen.measureText(text).width / 20;
  };

  E.drawHeader = function () {
    var explorer = this, sort = this.state.sort, focused = this.header.contains(document.activeElement);
    this.header.replaceChildren(element("div", { role: "columnheader", class: "pub-ex-cell pub-ex-select", "aria-colindex": "1", tabindex: "-1" }, [
      element("span", { class: "pub-ex-unseen", text: "selected" })
    ]));
    this.columns.forEach(function (column, at) {
      var way = sort === column.key ? "ascending" : sort === "-" + column.key ? "descending" : "none";
      explorer.header.append(element("div", {
        role: "columnheader", "aria-colindex": at + 2, "aria-sort": way, tabindex: "-1", title: column.name,
        class: "pub-ex-cell pub-ex-sortable" + (column.number ? " pub-number" : "") + (column.key.startsWith("param.") ? " pub-ex-parameter" : "")
      }, [
        element("span", { class: "pub-ex-name", text: column.name }),
        element("span", { class: "pub-ex-way", "aria-hidden": "true", text: way === "ascending" ? "▲" : way === "descending" ? "▼" : "" })
      ]));
    });
    if (focused) this.activate(-1, this.active.column, true);
  };

  /* The rows in sight, and the one that is active, so that it never loses the focus by scrolling. */
  E.draw = function (printing) {
    var rows = this.rows, items = this.items, top, bottom, wanted = [], line, kept, ref, focused;
    if (this.box.hidden) return;
    focused = this.body.contains(document.activeElement);
    if (printing) {
      top = 0;
      bottom = Math.min(items.length, PRINTED);
      this.body.style.height = bottom * this.height + "px";
    } else {
      this.top = Math.max(0, Math.min(this.top, items.length * this.height - this.sight));
      top = Math.max(0, Math.floor(this.top / this.height) - SPARE);
      bottom = Math.min(items.length, Math.ceil((this.top + this.sight) / this.height) + SPARE);
    }
    for (line = top; line < bottom; line++) wanted.push(line);
    if (this.active.line >= 0 && this.active.line < top) wanted.unshift(this.active.line);
    if (this.active.line >= bottom) wanted.push(this.active.line);
    kept = new Set(wanted);
    var gone = [];
    rows.forEach(function (row, at) {
      if (!kept.has(at) || row.item !== items[at]) gone.push(at);
    });
    if (gone.length === rows.size) rows.clear();
    gone.forEach(function (at) {
      if (!rows.size) return;
      rows.get(at).remove();
      rows.delete(at);
    });
    if (!rows.size) { /* all at once, which is half the work of one by one */
      this.body.replaceChildren.apply(this.body, wanted.map(function (at) {
        var row = this.row(at);
        rows.set(at, row);
        return row;
      }, this));
    }
    ref = this.body.firstChild;
    wanted.forEach(function (at) {
      var row = rows.get(at);
      if (row) ref = row.nextSibling;
      else {
        row = this.row(at);
        rows.set(at, row);
        this.body.insertBefore(row, ref);
      }
    }, this);
    this.tabStop();
    if (focused && !this.body.contains(document.activeElement)) this.activate(this.active.line, this.active.column, true);
    this.align(printing);
  };

  /* Once more, when a row that came into sight has more digits behind the point than those before it. */
  E.align = function (printing) {
    var tails = this.columns.map(function (each) { return each.tail || 0; }).join();
    if (tails === this.tails) return;
    this.tails = tails;
    this.forget();
    this.draw(printing);
  };

  E.row = function (line) {
    var explorer = this, item = this.items[line], made = element("div", { role: "row", class: "pub-ex-row", "aria-rowindex": line + 2 });
    made.style.transform = "translateY(" + line * this.height + "px)";
    made.line = line;
    made.item = item;
    if (item < 0) return this.brokenRow(made, this.data.broken[-1 - item]);
    var id = this.table.id(item), chosen = this.selected.has(item);
    var box = element("input", { type: "checkbox", tabindex: "-1", "aria-label": "select run " + id.slice(0, 7) });
    box.checked = chosen;
    made.setAttribute("aria-selected", String(chosen));
    made.append(element("div", { role: "gridcell", class: "pub-ex-cell pub-ex-select", "aria-colindex": "1", tabindex: "-1" }, [box]));
    this.columns.forEach(function (column, at) { made.append(explorer.cell(column, item, at, id)); });
    return made;
  };

  E.cell = function (column, item, at, id) {
    var shown = this.shown(column, item), key = column.key, mark;
    var made = element("div", {
      role: "gridcell", "aria-colindex": at + 2, tabindex: "-1", title: shown[1] || null,
      class: "pub-ex-cell" + (column.number ? " pub-number" : "") + " pub-ex-is-" + key.replace(/\..*/, "")
    });
    if (this.cards.matches && column.number && shown[0]) made.setAttribute("data-label", column.name);
    if (key === "title") {
      made.append(element("a", { href: id + ".html", tabindex: "-1", text: shown[0], title: shown[0] }));
    } else if (key === "tags") {
      if (shown[0]) made.title = shown[0];
      (column.column.value(item) || []).forEach(function (tag) { made.append(element("span", { class: "pub-tag", text: visible(tag) }), " "); });
    } else if (key === "id") {
      made.append(element("a", { href: id + ".html", tabindex: "-1" }, [element("code", { text: shown[0] })]));
    } else if (key === "status" || key === "verdict") {
      mark = this.marked(key, column.column.value(item));
      made.append(mark || shown[0]);
    } else made.textContent = isAligned(column) && shown[0] && !this.cards.matches ? this.aligned(column, shown[0]) : shown[0];
    return made;
  };

  E.brokenRow = function (made, broken) {
    made.classList.add("pub-broken");
    made.append(
      element("div", { role: "gridcell", class: "pub-ex-cell pub-ex-select", "aria-colindex": "1", tabindex: "-1" }),
      element("div", { role: "gridcell", class: "pub-ex-cell pub-ex-wide-cell", "aria-colindex": "2", "aria-colspan": String(this.columns.length), tabindex: "-1" }, [
        element("span", { class: "pub-mark pub-bad" }, [element("span", { class: "pub-shape", "aria-hidden": "true", text: "!" }), " unreadable "]),
        element("code", { text: visible(broken.file) }), (broken.line ? ", line " + broken.line : "") + ": " + visible(broken.reason)
      ])
    );
    made.lastChild.title = made.lastChild.textContent;
    return made;
  };

  /* -- keyboard ------------------------------------------------------------------------------------------------ */

  E.cellAt = function (line, column) {
    var row = line < 0 ? this.header : this.rows.get(line);
    return row ? row.children[Math.min(column, row.children.length - 1)] : null;
  };

  /* One cell of the grid is reached by Tab: the active one. */
  E.tabStop = function () {
    var cell = this.cellAt(this.active.line, this.active.column) || this.header.firstChild;
    if (this.stop && this.stop !== cell) this.stop.setAttribute("tabindex", "-1");
    if (cell) cell.setAttribute("tabindex", "0");
    this.stop = cell;
  };

  E.activate = function (line, column, focus) {
    var box = this.box, head = this.header.offsetHeight, top, cell;
    this.active.line = Math.max(-1, Math.min(line, this.items.length - 1));
    this.active.column = Math.max(0, Math.min(column, this.columns.length));
    if (this.active.line >= 0) {
      top = this.active.line * this.height;
      if (top < box.scrollTop) box.scrollTop = top;
      else if (top + this.height > box.scrollTop + box.clientHeight - head) box.scrollTop = top + this.height - box.clientHeight + head;
    }
    this.top = box.scrollTop;
    this.draw();
    cell = this.cellAt(this.active.line, this.active.column);
    if (focus && cell) {
      cell.focus({ preventScroll: this.active.line >= 0 });
      if (!this.cards.matches) this.intoView(cell);
    }
  };

  /* Sideways, as far as it takes. */
  E.intoView = function (cell) {
    var box = this.box.getBoundingClientRect(), own = cell.getBoundingClientRect();
    if (own.left < box.left) this.box.scrollLeft -= box.left - own.left;
    else if (own.right > box.right) this.box.scrollLeft += Math.min(own.right - box.right, own.left - box.left);
  };

  E.key = function (event) {
    var active = this.active, page, step = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[event.key];
    var line = active.line, column = active.column;
    if (event.altKey || event.metaKey) return;
    if (step) {
      line += step[0];
      column += step[1];
    } else if (event.key === "Home") {
      column = 0;
      if (event.ctrlKey) line = 0;
    } else if (event.key === "End") {
      column = this.columns.length;
      if (event.ctrlKey) line = this.items.length - 1;
    } else if (event.key === "PageDown" || event.key === "PageUp") {
      page = Math.max(1, Math.floor(this.box.clientHeight / this.height) - 2);
      line = event.key === "PageDown" ? line + page : Math.max(0, line - page);
    } else if (event.key === "Enter") {
      if (event.target.closest("a")) return;
      if (line < 0) this.sortBy(column - 1);
      else if (this.items[line] >= 0) location.href = this.table.id(this.items[line]) + ".html";
    } else if (event.key === " ") {
      if (event.target.type === "checkbox") return;
      if (line >= 0) this.select(line);
      else this.sortBy(column - 1);
    } else return;
    event.preventDefault();
    if (line !== active.line || column !== active.column) this.activate(line, column, true);
  };

  E.click = function (event) {
    var cell = event.target.closest(".pub-ex-cell"), row = event.target.closest(".pub-ex-row"), column;
    if (!cell || !row) return;
    column = Array.prototype.indexOf.call(row.children, cell);
    if (row === this.header) {
      this.active = { line: -1, column: column };
      this.sortBy(column - 1);
      this.activate(-1, column, true);
      return;
    }
    if (event.target.closest("a")) return;
    this.activate(row.line, column, event.target.type !== "checkbox");
    if (column === 0) {
      if (event.target.type !== "checkbox") event.preventDefault();
      this.select(row.line);
    }
  };

  E.sortBy = function (at) {
    var column = this.columns[at];
    if (!column) return;
    var down = column.number || column.key === "started";
    var ways = down ? ["-" + column.key, column.key] : [column.key, "-" + column.key];
    this.state.sort = this.state.sort === ways[0] ? ways[1] : ways[0];
    this.changed(true);
  };

  E.select = function (line) {
    var item = this.items[line], row = this.rows.get(line), chosen;
    if (item < 0) return;
    chosen = !this.selected.has(item);
    if (chosen) this.selected.add(item);
    else this.selected.delete(item);
    row.setAttribute("aria-selected", String(chosen));
    row.querySelector("input").checked = chosen;
    this.saySelected();
  };

  /* -- plot: its script and its library are loaded when somebody wants one --------------------------------------- */

  E.togglePlot = function (open) {
    var explorer = this;
    if (open === undefined) open = this.plotPlace.hidden;
    this.plotPlace.hidden = !open;
    this.plotting.setAttribute("aria-expanded", String(open));
    if (!open) {
      if (this.plot) this.plot.close();
      this.plot = null;
      if (this.state.plot) {
        this.state.plot = null;
        writeState(this.state, true);
      }
      return;
    }
    this.plotPlace.textContent = "Loading the plot …";
    load([this.site + "assets/vega.js", this.site + "assets/plot.js"], function (failed) {
      if (explorer.plotPlace.hidden || explorer.plot) return;
      if (failed) {
        explorer.plotPlace.textContent = "The plot could not be loaded: " + failed + " is missing.";
        return;
      }
      explorer.plot = window.publisher.plot(explorer, explorer.plotPlace);
    });
  };

  function load(sources, then) {
    if (!sources.length) return then("");
    var source = sources[0], made = document.querySelector("script[src=\"" + source + "\"][data-publisher-done]");
    if (made) return load(sources.slice(1), then);
    made = element("script", { src: source });
    made.onload = function () {
      made.setAttribute("data-publisher-done", "");
      load(sources.slice(1), then);
    };
    made.onerror = function () {
      made.remove();
      then(source);
    };
    document.head.append(made);
    return undefined;
  }

  E.writePlot = function (plot) {
    this.state.plot = plot;
    writeState(this.state, true);
  };

  E.element = element;
  E.exact = exact;
  E.sixDigits = sixDigits;
  E.seconds = seconds;

  function start() {
    performance.mark("publisher-explorer-begins");
    document.querySelectorAll("[data-publisher-explorer]:not([data-publisher-done])").forEach(function (root) {
      var data = window.publisherData && window.publisherData.runs;
      if (!data || !window.publisher || !window.publisher.runs) return;
      root.setAttribute("data-publisher-done", "");
      window.publisher.explorer = new Explorer(root, data);
    });
  }

  start();
})();
