"use strict";
(() => {
  const page = document.documentElement;
  const toolbar = document.getElementById("toolbar");
  const search = document.getElementById("search");
  const shownCount = document.getElementById("shown-count");
  const views = Array.from(document.querySelectorAll(".view"));
  const items = Array.from(document.querySelectorAll(".item"), (element) => ({ element, text: "" }));
  const parts = Array.from(document.querySelectorAll(".part"));
  const folds = parts.filter((part) => part.matches("details"));
  let openBeforeSearch = null;

  const byHash = (hash) => document.getElementById(decodeURIComponent(hash.slice(1)));

  const show = (view) => {
    for (const one of views) {
      one.classList.toggle("current", one === view);
    }
    for (const link of document.querySelectorAll(".contents a")) {
      link.toggleAttribute("aria-current", false);
      if (link.hash === `#${view.id}`) {
        link.setAttribute("aria-current", "page");
      }
    }
  };

  const reveal = () => {
    const target = byHash(location.hash) ?? views[0];
    const view = target.closest(".view");
    if (!view) {
      return;
    }
    if (document.body.classList.contains("searching")) {
      toolbar.reset();
      filter();
    }
    show(view);
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) {
      fold.open = true;
    }
    if (target === view) {
      scrollTo(0, 0);
    } else {
      target.scrollIntoView();
    }
  };

  const textOf = (item) => {
    if (!item.text) {
      const rule = item.element.closest(".rule");
      const title = rule ? rule.querySelector(".title").textContent : "";
      item.text = `${item.element.textContent} ${title}`.toLowerCase();
    }
    return item.text;
  };

  const marksOf = (item) => (item.marks ??= new Set((item.element.dataset.marks ?? "").split(" ")));

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kind = document.getElementById("kind").value;
    const marks = ["owner", "host"].map((id) => document.getElementById(id)?.value).filter(Boolean);
    const narrowed = words.length > 0 || kind !== "" || marks.length > 0;
    if (narrowed) {
      openBeforeSearch ??= new Map(folds.map((fold) => [fold, fold.open]));
    }
    let shown = 0;
    for (const item of items) {
      const { outcome, severity } = item.element.dataset;
      const visible = (!kind || kind === outcome || kind === severity)
        && marks.every((mark) => marksOf(item).has(mark))
        && words.every((word) => textOf(item).includes(word));
      item.element.hidden = !visible;
      shown += visible ? 1 : 0;
    }
    document.body.classList.toggle("searching", narrowed);
    for (const part of [...parts, ...views]) {
      const empty = !part.matches(".item") && !part.querySelector(".item:not([hidden])");
      part.hidden = narrowed && empty;
    }
    for (const fold of folds) {
      fold.open = narrowed ? !fold.hidden : openBeforeSearch?.get(fold) ?? fold.open;
    }
    openBeforeSearch = narrowed ? openBeforeSearch : null;
    shownCount.textContent = narrowed ? `${shown} of ${items.length} shown` : "";
  };

  const printAll = () => {
    page.classList.add("everything");
    print();
    page.classList.remove("everything");
  };

  const closedForPrint = [];
  addEventListener("beforeprint", () => {
    const wanted = page.classList.contains("everything") ? "details:not(.grounds)" : "#plan details, #readiness, #machines > details";
    closedForPrint.push(...Array.from(document.querySelectorAll(wanted)).filter((fold) => !fold.open));
    closedForPrint.forEach((fold) => { fold.open = true; });
  });
  addEventListener("afterprint", () => {
    closedForPrint.splice(0).forEach((fold) => { fold.open = false; });
  });

  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, items.length > 500 ? 150 : 0);
  });
  toolbar.addEventListener("change", filter);
  toolbar.addEventListener("reset", () => setTimeout(filter, 0));
  toolbar.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      search.focus();
    }
  });
  // The address names the row that was opened last, so that it can be shared as it is.
  document.addEventListener("click", (event) => {
    const row = event.target.closest?.("summary")?.parentElement;
    if (row?.matches(".row[id]")) {
      const open = !row.open;
      history.replaceState(null, "", `#${encodeURIComponent(open ? row.id : row.closest(".view").id)}`);
    }
  });

  addEventListener("hashchange", reveal);
  toolbar.hidden = false;
  const everything = document.getElementById("print-all");
  everything.hidden = false;
  everything.addEventListener("click", printAll);
  if (location.hash) {
    reveal();
  }
})();
