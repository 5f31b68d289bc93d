"use strict";
(() => {
  const toolbar = document.getElementById("toolbar");
  const search = document.getElementById("search");
  const shownCount = document.getElementById("shown-count");
  const unfold = document.getElementById("unfold");
  const items = Array.from(document.querySelectorAll(".item"), (element) => ({ element, text: "" }));
  const folds = Array.from(document.querySelectorAll("details.group, details.rule"));
  const filled = folds.filter((fold) => fold.querySelector(".item"));
  let openBeforeSearch = null;

  const textOf = (item) => {
    if (!item.text) {
      const rule = item.element.closest(".rule");
      const title = rule ? rule.querySelector("summary").textContent : "";
      item.text = (item.element.textContent + " " + title).toLowerCase();
    }
    return item.text;
  };

  const marksOf = (item) => (item.marks ??= new Set((item.element.dataset.marks ?? "").split(" ")));
  const areaOf = (item) => item.element.dataset.area ?? (item.element.matches(".job, #plan .item") ? "job" : "");

  const chosen = (name) =>
    new Set(Array.from(toolbar.querySelectorAll(`input[name="${name}"]:checked`), (box) => box.value));

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const outcomes = chosen("outcome");
    const severities = chosen("severity");
    const area = document.getElementById("area").value;
    const marks = ["owner", "host"].map((id) => document.getElementById(id)?.value).filter(Boolean);
    let shown = 0;
    if (words.length > 0) {
      openBeforeSearch ??= new Map(filled.map((fold) => [fold, fold.open]));
    }
    for (const item of items) {
      const { outcome, severity } = item.element.dataset;
      const wanted = (!outcome || outcomes.has(outcome)) && (!severity || severities.has(severity))
        && (!area || areaOf(item) === area) && marks.every((mark) => marksOf(item).has(mark));
      const visible = wanted && words.every((word) => textOf(item).includes(word));
      item.element.hidden = !visible;
      shown += visible ? 1 : 0;
    }
    for (const fold of filled) {
      fold.hidden = !fold.querySelector(".item:not([hidden])");
      fold.open = words.length > 0 ? !fold.hidden : openBeforeSearch?.get(fold) ?? fold.open;
    }
    openBeforeSearch = words.length > 0 ? openBeforeSearch : null;
    const narrowed = area || marks.length > 0 || words.length > 0 || shown < items.length;
    shownCount.textContent = narrowed ? `${shown} of ${items.length} shown` : "";
  };

  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let fold = target && target.closest("details"); fold; fold = fold.parentElement.closest("details")) {
      fold.open = true;
    }
    if (target) {
      target.scrollIntoView();
    }
  };

  const setUnfolded = (open) => {
    unfold.setAttribute("aria-pressed", String(open));
    unfold.textContent = open ? "Fold all" : "Unfold all";
    for (const fold of folds) {
      fold.open = open;
    }
  };

  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, items.length > 500 ? 150 : 0);
  });
  toolbar.addEventListener("change", filter);
  toolbar.addEventListener("reset", () => setTimeout(filter, 0));
  toolbar.addEventListener("submit", (event) => event.preventDefault());
  unfold.addEventListener("click", () => setUnfolded(unfold.getAttribute("aria-pressed") !== "true"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      search.focus();
    }
  });

  const closedForPrint = [];
  addEventListener("beforeprint", () => {
    closedForPrint.push(...Array.from(document.querySelectorAll("details:not([open], .grounds)")));
    closedForPrint.forEach((fold) => { fold.open = true; });
  });
  addEventListener("afterprint", () => {
    closedForPrint.splice(0).forEach((fold) => { fold.open = false; });
  });

  addEventListener("hashchange", reveal);
  toolbar.hidden = false;
  if (location.hash) {
    reveal();
  }
})();
