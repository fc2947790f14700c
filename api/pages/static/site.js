// What the pages do beside what they do without scripts: start the design system, and show errors first.
"use strict";
if (window.DKFDS) {
  window.DKFDS.init();
}
const errors = document.getElementById("errors");
if (errors) {
  errors.focus();
}
