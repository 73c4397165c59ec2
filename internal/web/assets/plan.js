// Checks a form while a plan is typed into it, and leads to what is to be mended.
// Without it the form is checked once it is sent.
(function () {
  "use strict";
  var area = document.querySelector("textarea[data-check]");
  var said = document.getElementById("c-" + area.name);
  var waiting, asked = 0, shown = "";
  area.setAttribute("aria-describedby", [area.getAttribute("aria-describedby"), said.id].join(" ").trim());

  function goTo(problem) {
    var field = area.form.elements[problem.field];
    if (!field) { return; }
    field.focus();
    if (field !== area || !problem.line) { return; }
    var lines = area.value.split("\n");
    var before = lines.slice(0, problem.line - 1).join("\n").length + (problem.line > 1 ? 1 : 0);
    var at = before + Math.min(Math.max(problem.column - 1, 0), (lines[problem.line - 1] || "").length);
    area.setSelectionRange(at, at);
    var height = parseFloat(getComputedStyle(area).lineHeight);
    area.scrollTop = Math.max(0, (problem.line - 4) * height);
  }

  function show(answer) {
    area.setAttribute("aria-invalid", String(!answer.readable));
    said.className = "checked " + (answer.problems.length ? "mend" : "whole");
    said.textContent = "";
    var p = said.appendChild(document.createElement("p"));
    p.textContent = answer.says;
    if (answer.problems.length) {
      var list = said.appendChild(document.createElement("ul"));
      answer.problems.forEach(function (problem) {
        var to = list.appendChild(document.createElement("li")).appendChild(document.createElement("button"));
        to.type = "button";
        if (problem.at) { to.appendChild(document.createElement("b")).textContent = problem.at; to.append(" "); }
        to.append(problem.text);
        to.addEventListener("click", function () { goTo(problem); });
      });
    }
    if (answer.seal) {
      p = said.appendChild(document.createElement("p"));
      p.className = "seal";
      p.textContent = answer.seal;
    }
  }

  function check() {
    var mine = ++asked;
    var form = new URLSearchParams(new FormData(area.form));
    form.delete("form"); // its token is for what is sent
    fetch(area.dataset.check, {method: "POST", credentials: "same-origin", body: form}).then(function (answer) {
      if (!answer.ok) { throw new Error(String(answer.status)); }
      return answer.text();
    }).then(function (text) {
      if (mine !== asked || text === shown) { return; } // overtaken, or nothing new to read out
      shown = text;
      show(JSON.parse(text));
    }).catch(function () { // what was said may no longer be true
      if (mine === asked) { said.textContent = ""; shown = ""; area.removeAttribute("aria-invalid"); }
    });
  }

  area.form.addEventListener("input", function () { clearTimeout(waiting); waiting = setTimeout(check, 400); });
  check();
})();
