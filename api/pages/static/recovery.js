// Moves the code from the link's fragment, which no server sees, into the form, and takes it out of the address.
"use strict";
const code = window.location.hash.slice(1);
if (/^[A-Za-z0-9_-]{43}$/.test(code)) {
  document.getElementById("token").value = code;
  history.replaceState(null, "", window.location.pathname);
}
