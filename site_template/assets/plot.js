/* A plot of the runs that are listed: any number against any other, coloured by a third. Vega draws axes, legend and
   points; what a pointer does is here: a click opens a run, a drag narrows the table down. Loaded when it is wanted. */
(function () {
  "use strict";

  var HEIGHT = 340;
  var MOST_MARKS = 12000; /* points that Vega draws; where more fall on one place, the last of them stands for all */
  var MOST_KINDS = 8; /* values that are told apart by colour and shape */
  var NEAR = 12; /* pixels from a point that still mean it */
  var COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", "#7f7f7f"]; /* Okabe and Ito */
  var SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left"];

  function Plot(explorer, place) {
    var plot = this, element = explorer.element;
    this.explorer = explorer;
    this.place = place;
    this.axes = explorer.all.filter(function (column) { return column.number || column.key === "started"; });
    this.colours = explorer.all.filter(function (column) {
      if (column.number || column.key === "started") return true;
      return column.column && column.key !== "tags" && column.column.open().values && column.column.values.length <= 40 &&
        (column.column.varies || column.first || column.metric);
    });
    this.canvas = element("div", { class: "pub-ex-canvas" });
    this.note = element("p", { class: "pub-note" });
    this.x = this.chooser("across", this.axes);
    this.y = this.chooser("up", this.axes);
    this.colour = this.chooser("colour", this.colours, true);
    this.logX = this.switch("log across");
    this.logY = this.switch("log up");
    place.replaceChildren(element("div", { class: "pub-ex-axes" }, [
      this.y.label, this.x.label, this.colour.label, this.logY.label, this.logX.label
    ]), this.canvas, this.note);
    this.observer = new MutationObserver(function () { plot.update(); });
    this.observer.observe(document.body, { attributes: true, attributeFilter: ["data-md-color-scheme"] });
    this.resized = function () { if (plot.canvas.clientWidth !== plot.wide) plot.update(); };
    addEventListener("resize", this.resized);
    this.set(explorer.state.plot);
  }

  var P = Plot.prototype;

  P.chooser = function (name, columns, may) {
    var plot = this, element = this.explorer.element;
    var select = element("select", { "aria-label": name, onchange: function () { plot.chosen(); } }, columns.map(function (each) {
      return element("option", { value: each.key, text: each.name });
    }));
    if (may) select.prepend(element("option", { value: "", text: "none" }));
    return { select: select, label: element("label", {}, [name, select]) };
  };

  P.switch = function (name) {
    var plot = this, element = this.explorer.element;
    var input = element("input", { type: "checkbox", onchange: function () { plot.chosen(); } });
    return { input: input, label: element("label", {}, [input, name]) };
  };

  /* What to plot; without a word, a metric against the first parameter that varies. */
  P.set = function (wanted) {
    var axes = this.axes, metric = most(axes.filter(function (each) { return each.metric && each.first; }));
    var varied = most(axes.filter(function (each) { return each.first && each.key.startsWith("param."); }));
    var has = function (key) { return axes.some(function (each) { return each.key === key; }); };
    wanted = wanted || {};
    this.x.select.value = has(wanted.x) ? wanted.x : varied ? varied.key : "started";
    this.y.select.value = has(wanted.y) ? wanted.y : metric ? metric.key : "duration";
    this.colour.select.value = wanted.colour || "";
    if (this.colour.select.selectedIndex < 0) this.colour.select.value = "";
    this.logX.input.checked = /x/.test(wanted.log || "");
    this.logY.input.checked = /y/.test(wanted.log || "");
    if (!this.explorer.state.plot) this.chosen();
    else this.update();
  };

  /* The column that the most runs have; the first of them. */
  function most(columns) {
    var best = null, found = 0;
    columns.forEach(function (each) {
      var count = 0, row;
      for (row = 0; row < each.column.count; row++) count += each.column.holds(row) ? 1 : 0;
      if (count > found) {
        found = count;
        best = each;
      }
    });
    return best;
  }

  P.chosen = function () {
    this.explorer.writePlot({
      x: this.x.select.value, y: this.y.select.value, colour: this.colour.select.value,
      log: (this.logX.input.checked ? "x" : "") + (this.logY.input.checked ? "y" : "")
    });
    this.update();
  };

  P.close = function () {
    this.closed = true;
    this.observer.disconnect();
    removeEventListener("resize", this.resized);
    if (this.view) this.view.finalize();
    this.place.replaceChildren();
  };

  /* Soon, so that typing is never slowed down. */
  P.update = function () {
    var plot = this;
    clearTimeout(this.soon);
    this.soon = setTimeout(function () { plot.draw(); }, 60);
  };

  function column(columns, key) {
    return columns.filter(function (each) { return each.key === key; })[0] || null;
  }

  /* The listed runs that have both numbers. */
  P.points = function (x, y, logX, logY) {
    var items = this.explorer.items, scaleX = x.key === "started" ? 1e-3 : 1, scaleY = y.key === "started" ? 1e-3 : 1;
    var found = { row: [], x: [], y: [] }, n, row, a, b;
    for (n = 0; n < items.length; n++) {
      row = items[n];
      if (row < 0) continue;
      a = x.column.number(row) * scaleX;
      b = y.column.number(row) * scaleY;
      if (!isFinite(a) || !isFinite(b) || (logX && a <= 0) || (logY && b <= 0)) continue;
      found.row.push(row);
      found.x.push(a);
      found.y.push(b);
    }
    return found;
  };

  function extent(values) {
    var least = Infinity, most = -Infinity, n;
    for (n = 0; n < values.length; n++) {
      if (values[n] < least) least = values[n];
      if (values[n] > most) most = values[n];
    }
    return [least, most];
  }

  function scaleOf(name, column, log, values) {
    var ends = extent(values), scale = { name: name, range: name === "x" ? "width" : "height", zero: false };
    if (ends[0] === ends[1]) { /* one value alone gets some room around it */
      var room = log ? 0 : Math.abs(ends[0]) / 10 || 1;
      ends = log ? [ends[0] / 2, ends[1] * 2] : [ends[0] - room, ends[1] + room];
    }
    scale.type = column.key === "started" ? "utc" : log ? "log" : "linear";
    scale.domain = ends;
    scale.padding = 8;
    if (scale.type === "linear") scale.nice = true;
    return scale;
  }

  /* How points are coloured: by number along a scale, by kind with a shape each, or not. */
  P.colouring = function (by, rows, look) {
    var explorer = this.explorer, counts, kinds, of, ends;
    if (!by) return { of: function () { return 0; }, scales: [], fill: { value: look.link }, shape: { value: "circle" } };
    if (by.key === "started" || (by.number && !few(by, rows))) {
      of = function (row) { return by.column.number(row) * (by.key === "started" ? 1e-3 : 1); };
      ends = extent(rows.map(of).filter(isFinite));
      if (!(ends[1] > ends[0])) ends = [ends[0] - 1, ends[0] + 1];
      return {
        of: of,
        scales: [{ name: "colour", type: by.key === "started" ? "time" : "linear", domain: ends, range: look.dark ? { scheme: "plasma", extent: [0.25, 1] } : { scheme: "viridis", extent: [0, 0.88] } }],
        fill: { scale: "colour", field: "c" }, shape: { value: "circle" },
        legend: { fill: "colour", type: "gradient", title: by.name }
      };
    }
    counts = new Map();
    of = function (row) { return explorer.shown(by, row)[0] || "none"; };
    rows.forEach(function (row) {
      var kind = of(row);
      counts.set(kind, (counts.get(kind) || 0) + 1);
    });
    kinds = Array.from(counts.keys()).sort(function (a, b) { return counts.get(b) - counts.get(a) || (a < b ? -1 : 1); });
    var named = kinds.slice(0, kinds.length > MOST_KINDS ? MOST_KINDS - 1 : MOST_KINDS), rest = kinds.length > MOST_KINDS;
    if (by.number) named.sort(function (a, b) { return Number(a) - Number(b); });
    var domain = rest ? named.concat("others") : named;
    return {
      of: function (row) {
        var kind = of(row);
        return named.indexOf(kind) >= 0 ? kind : "others";
      },
      scales: [
        { name: "colour", type: "ordinal", domain: domain, range: COLOURS },
        { name: "shape", type: "ordinal", domain: domain, range: SHAPES }
      ],
      fill: { scale: "colour", field: "c" }, shape: { scale: "shape", field: "c" },
      legend: { fill: "colour", shape: "shape", title: by.name, symbolSize: 70, labelLimit: 140 }
    };
  };

  /* Whether a number has so few values that each can have a shape. */
  function few(by, rows) {
    var seen = new Set(), n;
    for (n = 0; n < rows.length && seen.size <= MOST_KINDS; n++) seen.add(by.column.number(rows[n]));
    return seen.size <= MOST_KINDS;
  }

  P.look = function () {
    var style = getComputedStyle(this.explorer.root), body = getComputedStyle(this.place);
    function value(name, other) { return style.getPropertyValue(name).trim() || other; }
    var probe = this.explorer.element("a", { class: "pub-ex-unseen", href: "#", "aria-hidden": "true", tabindex: "-1" });
    this.place.append(probe);
    var link = getComputedStyle(probe).color;
    probe.remove();
    return {
      text: body.color, quiet: value("--pub-quiet", "#666"), line: "rgba(128,128,128,0.25)", link: link,
      font: body.fontFamily, dark: document.body.getAttribute("data-md-color-scheme") === "slate"
    };
  };

  P.draw = function () {
    var plot = this, explorer = this.explorer;
    if (this.closed) return;
    var x = column(this.axes, this.x.select.value), y = column(this.axes, this.y.select.value);
    var by = column(this.colours, this.colour.select.value), look = this.look();
    var logX = this.logX.input.checked && x.key !== "started", logY = this.logY.input.checked && y.key !== "started";
    var points = this.points(x, y, logX, logY), turn = this.turn = (this.turn || 0) + 1, colouring, spec, left;
    this.logX.input.disabled = x.key === "started";
    this.logY.input.disabled = y.key === "started";
    left = explorer.matching - points.row.length;
    this.note.textContent = points.row.length
      ? "A point opens its run; drag over points to list those alone." + (left ? " " + left.toLocaleString("en").replace(/,/g, "\u202f") + " of the listed runs lack one of the numbers" + (logX || logY ? ", or it has no logarithm" : "") + "." : "")
      : "None of the listed runs has both numbers" + (logX || logY ? " above zero" : "") + ".";
    if (this.view) this.view.finalize();
    this.view = null;
    this.canvas.replaceChildren();
    if (!points.row.length) return;
    colouring = this.colouring(by, points.row, look);
    this.wide = this.canvas.clientWidth;
    spec = {
      $schema: "https://vega.github.io/schema/vega/v6.json",
      width: this.wide, height: HEIGHT, padding: 4, autosize: { type: "fit", contains: "padding" },
      data: [{ name: "points", values: this.marks(points, x, y, logX, logY, colouring) }],
      scales: [scaleOf("x", x, logX, points.x), scaleOf("y", y, logY, points.y)].concat(colouring.scales),
      axes: [
        { scale: "x", orient: "bottom", title: x.name, grid: true, tickCount: Math.max(2, Math.round(this.wide / 110)), labelOverlap: true },
        { scale: "y", orient: "left", title: y.name, grid: true, tickCount: 6, labelOverlap: true }
      ],
      legends: colouring.legend ? [Object.assign({ orient: this.wide < 600 ? "bottom" : "right", direction: this.wide < 600 ? "horizontal" : "vertical", columns: this.wide < 600 ? 3 : 1 }, colouring.legend)] : [],
      marks: [{
        type: "symbol", from: { data: "points" }, interactive: false, clip: true,
        encode: { enter: {
          x: { scale: "x", field: "x" }, y: { scale: "y", field: "y" }, fill: colouring.fill, shape: colouring.shape,
          size: { value: points.row.length > 5000 ? 14 : points.row.length > 500 ? 30 : 60 }, opacity: { value: points.row.length > 500 ? 0.65 : 0.85 }
        } }
      }],
      config: {
        axis: { labelColor: look.quiet, titleColor: look.text, gridColor: look.line, domainColor: look.quiet, tickColor: look.quiet, labelFont: look.font, titleFont: look.font, labelFontSize: 12, titleFontSize: 13, titleFontWeight: "normal" },
        legend: { labelColor: look.text, titleColor: look.text, labelFont: look.font, titleFont: look.font, labelFontSize: 12, titleFontSize: 12 }
      }
    };
    var drawn = explorer.element("div", {
      role: "img", "aria-label": y.name + " against " + x.name + (by ? ", coloured by " + by.name : "") + ", " +
        points.row.length + " runs; the table below lists them"
    });
    this.canvas.append(drawn);
    window.publisherVega.embed(drawn, spec, {
      mode: "vega", ast: true, defaultStyle: false, tooltip: false, actions: false, renderer: "canvas", hover: false
    }).then(function (made) {
      if (plot.closed || turn !== plot.turn) return made.finalize();
      plot.view = made.view;
      plot.listen(points, x, y, by);
      plot.canvas.setAttribute("data-points", points.row.length);
      plot.canvas.setAttribute("data-drawn", x.key + " " + y.key + (by ? " " + by.key : ""));
      return undefined;
    });
  };

  /* What Vega is given: every point, or, when there are many, one for each place on the picture. */
  P.marks = function (points, x, y, logX, logY, colouring) {
    var found = [], seen = null, across, up, n, place, cell, size = points.row.length > MOST_MARKS ? 2 : 0;
    for (;;) {
      if (size) {
        seen = new Set();
        across = gauge(points.x, logX, this.wide / size);
        up = gauge(points.y, logY, HEIGHT / size);
      }
      found = [];
      for (n = 0; n < points.row.length; n++) {
        if (size) {
          place = across(points.x[n]) * 65536 + up(points.y[n]);
          if (seen.has(place)) continue;
          seen.add(place);
        }
        found.push({ x: points.x[n], y: points.y[n], c: colouring.of(points.row[n]) });
      }
      if (found.length <= MOST_MARKS || size > 7) return found;
      size += 1;
    }
  };

  function gauge(values, log, steps) {
    var ends = extent(values), low = log ? Math.log(ends[0]) : ends[0], wide = (log ? Math.log(ends[1]) : ends[1]) - low || 1;
    return function (value) { return Math.floor(((log ? Math.log(value) : value) - low) / wide * steps); };
  }

  /* -- pointer ------------------------------------------------------------------------------------------------- */

  P.listen = function (points, x, y, by) {
    var plot = this, explorer = this.explorer, element = explorer.element, view = this.view;
    var scaleX = view.scale("x"), scaleY = view.scale("y"), from = null, brush = null, near = -1;
    var wide = view.signal("width"), high = view.signal("height"), origin = view.origin(), pad = view.padding();
    var over = element("div", { class: "pub-ex-over" }), ring = element("div", { class: "pub-ex-ring", hidden: true });
    var tip = element("div", { class: "pub-ex-tip", hidden: true }), n;
    var px = Float32Array.from(points.x, function (value) { return scaleX(value); });
    var py = Float32Array.from(points.y, function (value) { return scaleY(value); });
    over.style.left = origin[0] + pad.left + "px";
    over.style.top = origin[1] + pad.top + "px";
    over.style.width = wide + "px";
    over.style.height = high + "px";
    over.append(ring);
    this.canvas.append(over, tip);

    function at(event) {
      var box = over.getBoundingClientRect();
      return [Math.max(0, Math.min(wide, event.clientX - box.left)), Math.max(0, Math.min(high, event.clientY - box.top))];
    }
    function nearest(place) {
      var best = -1, least = NEAR * NEAR, away;
      for (n = 0; n < px.length; n++) {
        away = (px[n] - place[0]) * (px[n] - place[0]) + (py[n] - place[1]) * (py[n] - place[1]);
        if (away < least) {
          least = away;
          best = n;
        }
      }
      return best;
    }
    function show(found) {
      near = found;
      tip.hidden = ring.hidden = found < 0;
      over.style.cursor = found < 0 ? "" : "pointer";
      if (found < 0) return;
      var row = points.row[found], left = origin[0] + pad.left + px[found], lines = [y, x].concat(by && by !== x && by !== y ? [by] : []);
      ring.style.left = px[found] + "px";
      ring.style.top = py[found] + "px";
      tip.replaceChildren.apply(tip, [element("strong", { text: explorer.shown({ key: "title" }, row)[0] })].concat(lines.map(function (each) {
        var shown = explorer.shown(each, row);
        return element("span", { text: each.name + " " + shown[0] });
      })));
      if (!by || by.key !== "id") tip.append(element("span", { class: "pub-quiet", text: "run " + explorer.table.id(row).slice(0, 7) }));
      tip.style.top = Math.max(0, origin[1] + py[found] - tip.offsetHeight - 10) + "px";
      tip.style.left = Math.max(0, Math.min(left + 12, plot.canvas.clientWidth - tip.offsetWidth)) + "px";
    }
    function drawBrush(to) {
      if (!brush) {
        brush = element("div", { class: "pub-ex-brush" });
        over.append(brush);
      }
      brush.style.left = Math.min(from[0], to[0]) + "px";
      brush.style.top = Math.min(from[1], to[1]) + "px";
      brush.style.width = Math.abs(from[0] - to[0]) + "px";
      brush.style.height = Math.abs(from[1] - to[1]) + "px";
    }
    over.addEventListener("pointerdown", function (event) {
      if (event.button !== 0) return;
      from = at(event);
      near = nearest(from);
      over.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    over.addEventListener("pointermove", function (event) {
      var to = at(event);
      if (!from) return show(nearest(to));
      if (brush || Math.abs(from[0] - to[0]) + Math.abs(from[1] - to[1]) > 5) {
        show(-1);
        drawBrush(to);
      }
      return undefined;
    });
    over.addEventListener("pointerleave", function () { if (!from) show(-1); });
    over.addEventListener("pointercancel", function () {
      from = null;
      if (brush) brush.remove();
      brush = null;
    });
    over.addEventListener("pointerup", function (event) {
      var start = from, to = at(event), drawn = brush, found = near, address;
      from = brush = null;
      if (!start) return;
      if (drawn) {
        drawn.remove();
        plot.narrow(x, scaleX.invert(Math.min(start[0], to[0])), scaleX.invert(Math.max(start[0], to[0])),
          y, scaleY.invert(Math.max(start[1], to[1])), scaleY.invert(Math.min(start[1], to[1])));
      } else if (found >= 0) {
        address = explorer.table.id(points.row[found]) + ".html";
        if (event.ctrlKey || event.metaKey) window.open(address, "_blank", "noopener");
        else location.href = address;
      }
    });
  };

  /* A drag, as terms of the query. */
  P.narrow = function (x, fromX, toX, y, fromY, toY) {
    var explorer = this.explorer, text = explorer.state.q;
    [[x, fromX, toX], [y, fromY, toY]].forEach(function (axis) {
      if (!explorer.queryName(axis[0])) return;
      var ends = axis[0].key === "started" ? [Math.floor(axis[1] * 1000), Math.ceil(axis[2] * 1000)] : [short(axis[1], axis[2]), short(axis[2], axis[1])];
      text = explorer.withRange(text, axis[0], ends[0], ends[1]);
    });
    explorer.asks(text);
  };

  /* An end of a range with the digits that tell it from the other. */
  function short(value, other) {
    var apart = Math.abs(value - other) || Math.abs(value) || 1;
    var digits = Math.max(0, Math.min(15, 3 - Math.floor(Math.log10(apart))));
    return Math.abs(value) >= 1e15 || digits > 12 ? String(Number(value.toPrecision(5))) : String(Number(value.toFixed(digits)));
  }

  window.publisher.plot = function (explorer, place) { return new Plot(explorer, place); };
})();
