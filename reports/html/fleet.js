"use strict";
// Rows that hold every word that is searched for; the words stay in the address, to be passed on.
const toolbar = document.getElementById("toolbar");
const field = document.getElementById("search");
const count = document.getElementById("shown-count");
const rows = [...document.querySelectorAll("#targets tbody tr")].map((row) => [row, row.textContent.toLowerCase()]);
function show() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const [row, text] of rows) {
    row.hidden = !words.every((word) => text.includes(word));
    shown += row.hidden ? 0 : 1;
  }
  count.textContent = words.length ? `${shown} of ${rows.length}` : "";
  history.replaceState(null, "", words.length ? `#search=${encodeURIComponent(field.value)}` : location.pathname);
}
toolbar.hidden = false;
toolbar.addEventListener("submit", (event) => event.preventDefault());
field.addEventListener("input", show);
if (location.hash.startsWith("#search=")) {
  try { field.value = decodeURIComponent(location.hash.slice(8)); } catch { field.value = ""; }
  show();
}
