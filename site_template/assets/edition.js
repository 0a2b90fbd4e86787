/* In a frozen edition: says when there is a newer one, and what the authors want to have said of this one. What is
   said is looked up at the top of the site, so that the edition itself stays as it was. */
(function () {
  "use strict";
  var own = document.currentScript && document.currentScript.src;
  var found = own && /^(https?:.*\/)([^\/]+)\/assets\/edition\.js(?:[?#].*)?$/.exec(own);
  if (!found) return; /* opened as a file: there is nothing to ask */
  var top = found[1], name = decodeURIComponent(found[2]);
  var page = location.href.slice((top + found[2] + "/").length).replace(/[?#].*$/, "");

  function banner(parts) {
    var place = document.querySelector(".md-main, main") || document.body;
    var shown = document.createElement("aside");
    shown.className = "pub-edition";
    shown.setAttribute("aria-label", "about this edition");
    parts.forEach(function (part) {
      if (typeof part === "string") {
        shown.appendChild(document.createTextNode(part));
        return;
      }
      var link = document.createElement("a");
      link.href = part.href;
      link.textContent = part.text;
      shown.appendChild(link);
    });
    place.parentNode.insertBefore(shown, place);
  }

  function tell(list) {
    var editions = list.editions || [];
    var mine = editions.filter(function (each) { return each.name === name; })[0];
    if (!mine) return;
    var newest = editions.filter(function (each) { return !each.draft; })[0] || mine, parts = [];
    if (mine.draft) parts.push("This is a draft of " + mine.committed.slice(0, 10) + ", and no edition.");
    else if (newest.name !== name) {
      parts.push("This is edition " + name + " of " + mine.committed.slice(0, 10) + ". The newest is ",
        { href: top + encodeURIComponent(newest.name) + "/", text: newest.name }, " of " + newest.committed.slice(0, 10) + ": ",
        { href: top + "changes/" + encodeURIComponent(name + "..." + newest.name) + ".html", text: "what changed" }, ".");
    }
    if (mine.notice) parts.push((parts.length ? " " : "") + mine.notice);
    if (!parts.length) return;
    banner(parts);
    if (newest.name === name || !page) return;
    var there = top + encodeURIComponent(newest.name) + "/" + page;
    fetch(there, { method: "HEAD" }).then(function (answer) {
      if (answer.ok) document.querySelector(".pub-edition a").href = there;
    }, function () {});
  }

  fetch(top + "editions.json").then(function (answer) { return answer.ok ? answer.json() : { editions: [] }; })
    .then(tell, function () {});
})();
