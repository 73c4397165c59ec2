// Shows how far a step is without drawing the page anew, and opens the next page
// once it has ended. Without it the page refreshes itself.
(function () {
  "use strict";
  var main = document.getElementById("isi");
  function ask() {
    fetch(main.dataset.live, {credentials: "same-origin"}).then(function (answer) {
      if (!answer.ok) { throw new Error(String(answer.status)); }
      return answer.json();
    }).then(function (said) {
      if (!said.running) { location.reload(); return; }
      main.querySelector("h1").textContent = said.words;
      setTimeout(ask, 1000);
    }).catch(function () { setTimeout(ask, 5000); });
  }
  setTimeout(ask, 500);
})();
