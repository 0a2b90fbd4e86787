/* The runs of the site as columns, and the language in which they are asked for: the one of `publisher list` and of
   publisher/model/query.py, term for term. It touches no page. `publisher.runs(data)` gives a table of the data in
   data/runs.js; `table.query(text)` gives a mask, one byte a run. */
(function () {
  "use strict";

  var WORDS = /-?(?:[^\s"]*"[^"]*"|[^\s"]+)/g;
  var COMPARISON = /^([\p{L}\p{N}_.\-[\]/]+?)(<=|>=|!=|=|<|>)([\s\S]+)$/u;
  var UNFINISHED = /^(?=[.\-[\]/]*[\p{L}\p{N}_])[\p{L}\p{N}_.\-[\]/]+(<=|>=|!=|=|<|>)$/u;
  var NUMBER = /^[-+]?(?:(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|inf|nan)$/i;
  var KEYED = /^([A-Za-z_]+):([\s\S]*)$/;
  var MOMENT = /^(\d{4})-?(\d\d)-?(\d\d)(?:[^\d](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?)?(Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?)?$/;
  var KEYS = ["tag", "status", "verdict", "step", "label", "id", "commit", "env", "branch", "author", "reason",
    "outcome", "publish", "dirty", "since", "before"];
  var COLUMN_OF = { tag: "tags", env: "environment" };
  var MATCHES = ["identical", "equivalent", "close"];
  var ID = 12; /* characters of an id */
  var ODD = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

  function QueryError(what, hint) {
    this.message = what;
    this.hint = hint || "";
  }

  /* A text as it may be shown: what would hide or turn other letters is written out. */
  function visible(text) {
    return text.replace(ODD, function (found) {
      var code = found.charCodeAt(0);
      return code < 0xa0 ? "\ufffd" : "\\u" + code.toString(16).padStart(4, "0");
    });
  }

  /* Case set aside as Python's casefold does, but for a few letters of old scripts. */
  function fold(text) {
    if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase();
    return text.replace(/[^ı\u13a0-\u13ff\uab70-\uabbf]+/g, function (part) {
      return part.toUpperCase().toLowerCase();
    }).replace(/ς/g, "σ").replace(/ß/g, "ss");
  }

  function isNumber(value) {
    return typeof value === "number" || typeof value === "bigint";
  }

  function whole(text) {
    var number = Number(text);
    return Number.isSafeInteger(number) ? number : BigInt(text);
  }

  /* A value from the data: texts, numbers, truth and null are themselves. */
  function decoded(value) {
    if (value === null || typeof value !== "object") return value;
    if ("number" in value) return special(value.number);
    return value; /* {tree: …} or {long: …} */
  }

  function special(text) {
    return /^-?\d+$/.test(text) ? whole(text) : Number(text);
  }

  /* A value as it was typed; everything that is nothing else is a text. */
  function wantedOf(text) {
    var bare = text.replace(/^[ \t\n\r]+|[ \t\n\r]+$/g, "");
    if (/^-?(?:0|[1-9]\d*)$/.test(bare)) return whole(bare);
    if (/^(?:NaN|-?Infinity)$/.test(bare)) return Number(bare);
    try {
      var found = JSON.parse(text);
      return found !== null && typeof found === "object" ? { tree: found } : found;
    } catch (error) {
      if (!NUMBER.test(text)) return text;
      var sign = text[0] === "-" ? -1 : 1;
      if (/inf$/i.test(text)) return sign * Infinity;
      return /nan$/i.test(text) ? NaN : Number(text);
    }
  }

  function sameTree(one, other) {
    if (Array.isArray(one) && Array.isArray(other)) {
      return one.length === other.length && one.every(function (each, at) { return sameTree(each, other[at]); });
    }
    if (one && other && typeof one === "object" && typeof other === "object" && !Array.isArray(one) && !Array.isArray(other)) {
      var names = Object.keys(one);
      return names.length === Object.keys(other).length && names.every(function (name) {
        return Object.prototype.hasOwnProperty.call(other, name) && sameTree(one[name], other[name]);
      });
    }
    return one === other;
  }

  function equal(found, wanted, typed) {
    if (typeof found === "string") return found === typed;
    if (typeof found === "boolean" || typeof wanted === "boolean") return found === wanted;
    if (isNumber(found) && isNumber(wanted)) return found == wanted || (found !== found && wanted !== wanted); // eslint-disable-line eqeqeq
    if (found === null || wanted === null) return found === wanted;
    return typeof found === "object" && typeof wanted === "object" && "tree" in found && sameTree(found.tree, wanted.tree);
  }

  var HOLDS = {
    "<": function (a, b) { return a < b; },
    "<=": function (a, b) { return a <= b; },
    ">": function (a, b) { return a > b; },
    ">=": function (a, b) { return a >= b; }
  };

  function parsed(text) {
    return JSON.parse(text);
  }

  /* One column, understood when somebody asks. Either `numbers` (and `has`), or `values` and, for each run, `at`:
     which of them it has, -1 for none. */
  function Column(told, count) {
    this.key = told.key;
    this.name = told.name;
    this.kind = told.kind;
    this.first = !!told.first;
    this.varies = !!told.varies;
    this.numeric = !!told.numeric;
    this.count = count;
    this._told = told;
  }

  Column.prototype.open = function () {
    if (this._open) return this;
    this._open = true;
    var told = this._told, count = this.count, rows = null, at, given, n;
    this.float = told.float === "true";
    if (told.rows) {
      rows = parsed(told.rows);
      for (n = 1; n < rows.length; n++) rows[n] += rows[n - 1];
    }
    if (told.steps) {
      given = parsed(told.steps);
      this.numbers = new Float64Array(count);
      for (n = 0, at = 0; n < count; n++) this.numbers[n] = at += given[n];
    } else if (told.texts) {
      this.texts = parsed(told.texts);
      this.numbers = Float64Array.from(this.texts, function (text) { return Date.parse(text) * 1000; });
    } else if (told.numbers) {
      given = parsed(told.numbers);
      this.numbers = new Float64Array(count);
      this.has = rows && new Uint8Array(count);
      this.special = null;
      for (n = 0; n < given.length; n++) {
        at = rows ? rows[n] : n;
        if (rows) this.has[at] = 1;
        if (typeof given[n] === "string") {
          this.special = this.special || new Map();
          this.special.set(at, special(given[n]));
          this.numbers[at] = Number(given[n]);
        } else this.numbers[at] = given[n];
      }
    } else if (told.own) {
      this.values = parsed(told.own);
      this.at = new Int32Array(count);
      for (n = 0; n < count; n++) this.at[n] = n;
    } else {
      this.values = parsed(told.values).map(decoded);
      this.shown = told.shown ? parsed(told.shown) : null;
      this.at = new Int32Array(count).fill(rows ? -1 : 0);
      if (told.digits) {
        for (n = 0; n < told.digits.length; n++) this.at[rows ? rows[n] : n] = told.digits.charCodeAt(n) - 48;
      } else if (told.at) {
        given = parsed(told.at);
        for (n = 0; n < given.length; n++) this.at[rows ? rows[n] : n] = given[n];
      } else if (rows) for (n = 0; n < rows.length; n++) this.at[rows[n]] = 0;
    }
    this._told = null;
    return this;
  };

  Column.prototype.holds = function (row) {
    this.open();
    return this.numbers ? !this.has || this.has[row] === 1 : this.at[row] >= 0;
  };

  /* What a run has; undefined when it has none. */
  Column.prototype.value = function (row) {
    if (!this.holds(row)) return undefined;
    if (!this.numbers) return this.values[this.at[row]];
    return this.special && this.special.has(row) ? this.special.get(row) : this.numbers[row];
  };

  /* As a number for axes and ranges; NaN when it is none. */
  Column.prototype.number = function (row) {
    if (!this.holds(row)) return NaN;
    if (this.numbers) return this.numbers[row];
    var value = this.values[this.at[row]];
    return isNumber(value) ? Number(value) : NaN;
  };

  /* Marks the runs whose value a test takes; `only` leaves those alone where it is 0. */
  Column.prototype.mark = function (mask, test, only) {
    this.open();
    var n, row, taken, at;
    if (this.numbers) {
      for (row = 0; row < this.count; row++) {
        if ((!this.has || this.has[row]) && (!only || only[row]) && test(this.value(row))) mask[row] = 1;
      }
      return;
    }
    taken = new Uint8Array(this.values.length);
    for (n = 0; n < taken.length; n++) taken[n] = test(this.values[n]) ? 1 : 0;
    for (row = 0, at = this.at; row < this.count; row++) {
      if (at[row] >= 0 && taken[at[row]] && (!only || only[row])) mask[row] = 1;
    }
  };

  /* All different texts of a column, folded and joined, so that they are searched as one. */
  Column.prototype.fold = function () {
    this.open();
    if (this._folded) return;
    var texts = this.values.map(function (each) { return Array.isArray(each) ? each.join("\n") : String(each); });
    var all = texts.join("\n"), n, place;
    if (/[^\x00-\x7f]/.test(all)) { /* folding may change how long a text is */
      texts = texts.map(fold);
      all = texts.join("\n");
    } else all = all.toLowerCase();
    this._starts = new Int32Array(texts.length + 1);
    for (n = 0, place = 0; n < texts.length; n++) {
      this._starts[n] = place;
      place += texts[n].length + 1;
    }
    this._starts[n] = place;
    this._folded = all || "\n";
  };

  /* Marks the runs in whose text a folded word stands. */
  Column.prototype.markText = function (mask, wanted) {
    var from, taken, place, value, row;
    this.fold();
    taken = new Uint8Array(this.values.length);
    for (place = this._folded.indexOf(wanted), from = 0; place >= 0; place = this._folded.indexOf(wanted, this._starts[value + 1])) {
      value = after(this._starts, place, from);
      if (value >= taken.length) break;
      taken[value] = 1;
      from = value + 1;
    }
    for (row = 0; row < this.count; row++) if (this.at[row] >= 0 && taken[this.at[row]]) mask[row] = 1;
  };

  /* The last start that is not behind a place, looked for from a start on, in steps that double. */
  function after(starts, place, from) {
    var step = 1, low = from, high = from + 1, middle;
    while (high < starts.length && starts[high] <= place) {
      low = high;
      high += step;
      step *= 2;
    }
    if (high > starts.length) high = starts.length;
    while (high - low > 1) {
      middle = (low + high) >> 1;
      if (starts[middle] <= place) low = middle;
      else high = middle;
    }
    return low;
  }

  function Table(data) {
    var table = this;
    this.data = data;
    this.count = data.count;
    this.columns = data.columns.map(function (told) { return new Column(told, data.count); });
    this._byKey = new Map(this.columns.map(function (column) { return [column.key, column]; }));
    this._tests = new Map();
    this.parameters = this.columns.filter(function (column) { return column.key.startsWith("param."); });
    this.metrics = this.columns.filter(function (column) { return column.key.startsWith("metric."); });
    this.duration = table.column("duration");
    this.started = table.column("started");
  }

  Table.prototype.column = function (key) {
    return this._byKey.get(key) || null;
  };

  Table.prototype.id = function (row) {
    return this.data.ids.substr(row * ID, ID);
  };

  /* A text of a run; empty when the column is not there or says nothing. */
  Table.prototype.text = function (key, row) {
    var column = this.column(key);
    return column ? column.value(row) || "" : "";
  };

  /* The names that `name<1` means, in two groups: a full name wins over the end of one, run by run. */
  Table.prototype.named = function (name) {
    var dot = name.indexOf("."), kind = name.slice(0, dot), table = this;
    if (name === "duration") return [{ exact: this.duration, ends: [] }];
    if (dot > 0 && (kind === "param" || kind === "metric")) {
      return [group(kind === "param" ? table.parameters : table.metrics, name.slice(dot + 1))];
    }
    return [group(table.parameters, name), group(table.metrics, name)];
  };

  function group(columns, name) {
    var end = "." + name;
    return {
      exact: columns.find(function (column) { return column.name === name; }) || null,
      ends: columns.filter(function (column) { return column.name.endsWith(end); })
    };
  }

  Table.prototype.compared = function (name, sign, value) {
    var wanted = wantedOf(value), count = this.count, found = new Uint8Array(count), hit = new Uint8Array(count), test, row;
    if (sign !== "=" && sign !== "!=") {
      if (!isNumber(wanted)) {
        throw new QueryError("`" + name + sign + value + "`: `" + value + "` is no number",
          'for the words, put them in quotes: "a<b"');
      }
      var holds = HOLDS[sign];
      test = function (each) { return isNumber(each) && holds(each, wanted); };
    } else test = function (each) { return equal(each, wanted, value); };
    this.named(name).forEach(function (each) {
      var others = null, at;
      if (each.exact) {
        each.exact.mark(hit, test);
        if (sign === "!=") each.exact.mark(found, function () { return true; });
      }
      if (!each.ends.length) return;
      if (each.exact) {
        others = new Uint8Array(count);
        for (at = 0; at < count; at++) others[at] = each.exact.holds(at) ? 0 : 1;
      }
      each.ends.forEach(function (column) {
        column.mark(hit, test, others);
        if (sign === "!=") column.mark(found, function () { return true; }, others);
      });
    });
    if (sign === "!=") for (row = 0; row < count; row++) hit[row] = found[row] && !hit[row] ? 1 : 0;
    return hit;
  };

  /* Where a word is looked for. */
  Table.prototype.proseColumns = function () {
    var table = this;
    return ["reason", "label", "outcome", "command", "step", "tags"].map(function (key) { return table.column(key); }).filter(Boolean);
  };

  Table.prototype.says = function (words) {
    var mask = new Uint8Array(this.count), wanted = fold(words), ids = this.data.ids, place, row;
    if (wanted === "") return mask.fill(1);
    this.proseColumns().forEach(function (column) { column.markText(mask, wanted); });
    if (/^[0-9a-f]{1,12}$/.test(wanted)) {
      for (place = ids.indexOf(wanted); place >= 0; place = ids.indexOf(wanted, place)) {
        row = Math.floor(place / ID);
        if (place + wanted.length <= (row + 1) * ID) {
          mask[row] = 1;
          place = (row + 1) * ID;
        } else place += 1;
      }
    }
    return mask;
  };

  Table.prototype.keyed = function (key, value, word) {
    var mask = new Uint8Array(this.count), column = this.column(COLUMN_OF[key] || key), row, ids, wanted, moment;
    if (KEYS.indexOf(key) < 0) {
      var likely = nearest(key);
      throw new QueryError("`" + word + "`: no such key as `" + key + "`",
        (likely ? "did you mean `" + likely + ":`? " : "") + "known are " + KEYS.join(", "));
    }
    if (key === "since" || key === "before") {
      moment = momentOf(value, word);
      var started = this.started.open().numbers;
      for (row = 0; row < this.count; row++) {
        mask[row] = Math.floor(started[row] / 1e6) >= moment === (key === "since") ? 1 : 0;
      }
      return mask;
    }
    if (key === "id") {
      for (row = 0, ids = this.data.ids; row < this.count; row++) mask[row] = this.id(row).startsWith(value) ? 1 : 0;
      return mask;
    }
    if (key === "publish") return truth(value) ? mask.fill(1) : mask; /* what is not published is not here */
    wanted = fold(value);
    var test = {
      tag: function (found) { return found.indexOf(value) >= 0; },
      commit: function (found) { return value !== "" && found.startsWith(value); },
      author: function (found) { return fold(found).indexOf(wanted) >= 0; },
      dirty: function (found) { return found === truth(value); }
    };
    test.env = test.commit;
    test.verdict = function (found) { return found === value || (value === "matches" && MATCHES.indexOf(found) >= 0); };
    test.reason = test.outcome = test.author;
    test.status = test.step = test.label = test.branch = function (found) { return found === value; };
    if (column) column.mark(mask, test[key]);
    else if (test[key](key === "tag" ? [] : key === "dirty" ? false : "")) mask.fill(1);
    return mask;
  };

  function truth(value) {
    return ["yes", "true", "1"].indexOf(fold(value)) >= 0;
  }

  /* Seconds since 1970, cut as the beginnings of runs are. */
  function momentOf(value, word) {
    var found = MOMENT.exec(value), at, time, back;
    if (found) {
      time = [found[4], found[5], found[6]].map(function (each) { return Number(each || 0); });
      at = new Date(0);
      at.setUTCFullYear(Number(found[1]), Number(found[2]) - 1, Number(found[3]));
      back = at.getUTCMonth() === Number(found[2]) - 1 && at.getUTCDate() === Number(found[3]);
      if (back && Number(found[1]) > 0 && time[0] < 24 && time[1] < 60 && time[2] < 60) {
        at = at.getTime() / 1000 + time[0] * 3600 + time[1] * 60 + time[2] - zone(found[7]);
        if (at >= -62135596800 && at < 253402300800) return at;
      }
    }
    throw new QueryError("`" + word + "`: `" + value + "` is no date", "write it as 2026-11-01");
  }

  function zone(text) {
    if (!text || text === "Z") return 0;
    var parts = text.replace(/:/g, "").slice(1).match(/\d\d/g).map(Number);
    return (text[0] === "-" ? -1 : 1) * (parts[0] * 3600 + (parts[1] || 0) * 60 + (parts[2] || 0));
  }

  /* The key that is the fewest changes away, when it is near. */
  function nearest(key) {
    var best = "", least = 3;
    KEYS.forEach(function (known) {
      var away = known.startsWith(key) ? 0.5 : distance(key, known);
      if (away < least) {
        least = away;
        best = known;
      }
    });
    return best;
  }

  function distance(one, other) {
    var row = Array.from({ length: other.length + 1 }, function (_, at) { return at; }), i, j, before, kept;
    for (i = 1; i <= one.length; i++) {
      before = row[0];
      row[0] = i;
      for (j = 1; j <= other.length; j++) {
        kept = row[j];
        row[j] = Math.min(row[j] + 1, row[j - 1] + 1, before + (one[i - 1] === other[j - 1] ? 0 : 1));
        before = kept;
      }
    }
    return row[other.length];
  }

  /* One term: a mask and whether it is turned around. */
  Table.prototype.term = function (word) {
    if (word[0] === "-" && word.length > 1) {
      return this.term(word.slice(1)).map(function (each) { return each ? 0 : 1; });
    }
    var phrase = word[0] === '"', quoted = word.indexOf('"') >= 0, found;
    word = word.replace(/"/g, "");
    if (!phrase) {
      found = KEYED.exec(word);
      if (found) return this.keyed(found[1].toLowerCase(), found[2], word);
      found = COMPARISON.exec(word);
      if (found) return this.compared(found[1], found[2], found[3]);
      found = quoted ? null : UNFINISHED.exec(word);
      if (found) {
        throw new QueryError("`" + word + "`: a " + ("<>".indexOf(found[1][0]) >= 0 ? "number" : "value") + " is missing",
          "for the word, put it in quotes: \"" + word + "\"");
      }
    }
    return this.says(word);
  };

  /* The terms of a query as they stand in it. */
  function words(text) {
    return text.match(WORDS) || [];
  }

  /* Which runs a query takes: one byte a run. Terms are remembered, so typing on asks only the last one again. */
  Table.prototype.query = function (text) {
    var table = this, mask = new Uint8Array(this.count).fill(1), fresh = new Map();
    words(text).forEach(function (word) {
      var found = fresh.get(word) || table._tests.get(word) || table.term(word), row;
      fresh.set(word, found);
      for (row = 0; row < mask.length; row++) mask[row] &= found[row];
    });
    this._tests = fresh;
    return mask;
  };

  /* -- cells of CSV, as publisher/standards/rows_csv.py writes them ----------------------------------------------- */

  var HIDDEN = /[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\u{d800}-\u{dfff}\ufdd0-\ufdef\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;
  var BREAKS = /\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]/g;
  var FORMULA = /^(?:[\t\r]|[\t\n\x0b-\r\x1c-\x1e\x85\u2028\u2029 \xa0\u1680\u2000-\u200a\u202f\u205f\u3000'"\u2018-\u201f]*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212])/;
  var CELL_NUMBER = /^(?:[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:inf|nan))$/;

  /* A text as one line in which every character shows, and which no spreadsheet takes for a formula. */
  function textCell(text) {
    var shown = text.replace(/\t/g, " ").replace(BREAKS, "\u2424").replace(HIDDEN, function (found) {
      var code = found.codePointAt(0), digits = code < 0x100 ? 2 : code < 0x10000 ? 4 : 8;
      return "\\" + { 2: "x", 4: "u", 8: "U" }[digits] + code.toString(16).padStart(digits, "0");
    }).replace(/##(?=[A-Za-z.]*\[)/g, "#\\x23");
    if (FORMULA.test(text) && !CELL_NUMBER.test(text)) shown = "'" + shown;
    return quoted(shown);
  }

  function quoted(text) {
    return /[",]/.test(text) ? "\"" + text.replace(/"/g, "\"\"") + "\"" : text;
  }

  function jsonEscape(found) {
    return found.split("").map(function (unit) { return "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0"); }).join("");
  }

  /* A number as Python writes a float. */
  function floatCell(value) {
    if (value !== value) return "nan";
    if (!isFinite(value)) return value > 0 ? "inf" : "-inf";
    if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
    var parts = value.toExponential().split("e"), power = Number(parts[1]);
    if (power < -4 || power >= 16) return parts[0] + "e" + (power < 0 ? "-" : "+") + String(Math.abs(power)).padStart(2, "0");
    return String(value) + (Number.isInteger(value) ? ".0" : "");
  }

  function treeText(value) {
    if (Array.isArray(value)) return "[" + value.map(treeText).join(", ") + "]";
    if (typeof value === "number" && !Number.isInteger(value)) return floatCell(value);
    if (value === null || typeof value !== "object") return JSON.stringify(value);
    return "{" + Object.keys(value).map(function (key) { return JSON.stringify(key) + ": " + treeText(value[key]); }).join(", ") + "}";
  }

  /* What stands in a file for a value. */
  function csvCell(value, float) {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return float || !Number.isInteger(value) ? floatCell(value) : String(value);
    if (typeof value === "string") return textCell(value);
    return typeof value === "object" ? quoted(treeText(value).replace(HIDDEN, jsonEscape).replace(/##(?=[A-Za-z.]*\[)/g, "\\u0023#")) : String(value);
  }

  window.publisher = window.publisher || {};
  window.publisher.QueryError = QueryError;
  window.publisher.csvCell = csvCell;
  window.publisher.queryWords = words;
  window.publisher.fold = fold;
  window.publisher.visible = visible;
  window.publisher.comparison = function (word) {
    return KEYED.test(word) || word[0] === '"' ? null : COMPARISON.exec(word.replace(/"/g, ""));
  };
  window.publisher.runs = function (data) { return new Table(data); };
})();
