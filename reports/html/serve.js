"use strict";
// What is typed is asked at once; the link of the page holds it behind the # that no server sees.
(() => {
  const TYPED = 140, LONGEST_LINK = 30000;
  const form = document.getElementById("ask");
  const text = document.getElementById("text");
  const answer = document.getElementById("answer");
  const said = document.getElementById("said");
  const heard = document.getElementById("heard");
  const link = document.getElementById("link");
  const tip = document.getElementById("tip");
  const fixed = ["project", "namespace", "dialect", "lines"];
  let fields = {}, target = "runai-v2", timer = 0, running = null, open = false, example = text.value;

  // ---- the state, and the link that holds it

  const encoded = (state) => {
    const bytes = new TextEncoder().encode(JSON.stringify(state));
    let binary = "";
    for (const byte of bytes) binary += String.fromCharCode(byte);
    return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  };

  const decoded = (hash) => {
    if (!hash.startsWith("#in=")) return null;
    try {
      const binary = atob(hash.slice(4).replaceAll("-", "+").replaceAll("_", "/"));
      const state = JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))));
      return typeof state.text === "string" ? state : null;
    } catch {
      return null;
    }
  };

  const state = () => ({ text: text.value, fields, target });

  const address = () => {
    const hash = `#in=${encoded(state())}`;
    return hash.length > LONGEST_LINK ? "" : hash;
  };

  // One step back for all that is typed in one go; nothing of a text that holds a secret.
  const remember = () => {
    const secret = document.getElementById("summary")?.hasAttribute("data-secret") ?? false;
    const hash = address();
    link.disabled = secret || !hash;
    link.title = secret ? "The text holds a secret: take it out first" : hash ? "" : "Too long for a link";
    const kept = secret || !hash || !text.value.trim() ? location.pathname : hash;
    if (kept === location.hash || (!location.hash && kept === location.pathname)) return;
    if (open) history.replaceState(null, "", kept);
    else history.pushState(null, "", kept);
    open = true;
  };

  const restore = () => {
    const found = decoded(location.hash);
    if (!found) return false;
    text.value = found.text;
    fields = Object.fromEntries(Object.entries(found.fields ?? {}).filter(([, value]) => typeof value === "string"));
    target = String(found.target ?? target);
    for (const name of fixed) fill(form.elements[name], fields[name] ?? "");
    return true;
  };

  const fill = (control, value) => {
    if (control.type === "checkbox") control.checked = value !== "";
    else if (control.tagName === "SELECT") control.value = value || control.options[0].value;
    else control.value = value;
  };

  // ---- asking

  const ask = async ({ kept = true } = {}) => {
    clearTimeout(timer);
    running?.abort();
    const mine = (running = new AbortController());
    answer.classList.add("waiting");
    answer.setAttribute("aria-busy", "true");
    const body = new URLSearchParams({ text: text.value, ...fields });
    try {
      const response = await fetch("answer", { method: "POST", body, signal: mine.signal });
      if (response.status === 401) return location.reload();
      if (response.status === 429) {
        said.textContent = "The server is busy; trying again.";
        timer = setTimeout(ask, 1000, { kept });
        return;
      }
      show(await response.text());
      if (kept) remember();
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = "The server does not answer.";
    } finally {
      if (running === mine) {
        answer.classList.remove("waiting");
        answer.removeAttribute("aria-busy");
      }
    }
  };

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, TYPED);
  };

  const show = (html) => {
    const active = answer.contains(document.activeElement) ? document.activeElement : null;
    const name = active?.name, caret = active?.selectionStart ?? null;
    const folded = new Map([...answer.querySelectorAll("details")].map((one) => [place(one), one.open]));
    hide();
    answer.innerHTML = html;
    dress();
    for (const one of answer.querySelectorAll("details")) one.open = folded.get(place(one)) ?? one.open;
    if (name) {
      const again = form.elements[name];
      const control = again instanceof RadioNodeList ? answer.querySelector(`[name="${name}"]:checked`) : again;
      control?.focus({ preventScroll: true });
      if (caret !== null && control?.setSelectionRange) control.setSelectionRange(caret, caret);
    }
    said.textContent = "";
    heard.textContent = document.getElementById("summary")?.textContent ?? "";
  };

  // What was opened or folded stays so while one types, until there are several jobs or one again.
  const place = (one) => [
    answer.querySelectorAll("article").length > 1, one.closest("article").id, one.className, one.dataset.target,
  ].join(" ");

  // What the server's HTML is only with a script: copy buttons, and the target that was chosen.
  const dress = () => {
    for (const button of answer.querySelectorAll(".copy")) button.hidden = false;
    const wanted = answer.querySelector(`[name=target][value="${CSS.escape(target)}"]`);
    if (wanted) wanted.checked = true;
    // What was typed since the question was sent counts.
    for (const one of answer.querySelectorAll("fieldset.fill input")) one.value = fields[one.name] ?? "";
  };

  // ---- what is explained beside a flag

  const rowsOf = (mark) => {
    const job = mark.closest("article");
    const list = [...job.querySelectorAll(".ledger")].find((one) => one.offsetParent !== null);
    if (!list) return [];
    const names = mark.dataset.entries.split(" ").map((n) => list.dataset.rows + n);
    return names.map((id) => document.getElementById(id)).filter(Boolean);
  };

  const light = (mark) => {
    hide();
    const rows = rowsOf(mark);
    if (!rows.length) return;
    for (const other of mark.closest("article").querySelectorAll(".told")) {
      const shared = other.dataset.entries?.split(" ").some((n) => mark.dataset.entries.split(" ").includes(n));
      if (shared) other.classList.add("lit");
    }
    for (const row of rows) row.classList.add("lit");
    tip.replaceChildren(...rows.map(explained));
    tip.hidden = false;
    const box = mark.getClientRects()[0] ?? mark.getBoundingClientRect();
    const left = Math.min(box.left, document.documentElement.clientWidth - tip.offsetWidth - 12);
    const below = box.bottom + 8 + tip.offsetHeight < document.documentElement.clientHeight;
    tip.style.left = `${Math.max(left, 8) + scrollX}px`;
    tip.style.top = `${(below ? box.bottom + 8 : box.top - tip.offsetHeight - 8) + scrollY}px`;
    mark.setAttribute("aria-describedby", "tip");
  };

  const explained = (row) => {
    const said = document.createElement("p");
    const fate = document.createElement("b");
    const pair = [...row.querySelectorAll("code")].slice(0, 2).map((one) => one.textContent).join(" → ");
    fate.textContent = `${row.querySelector(".badge").textContent}: ${pair}`;
    said.append(fate, row.querySelector(".reason").textContent);
    return said;
  };

  const hide = () => {
    tip.hidden = true;
    for (const one of document.querySelectorAll(".lit")) one.classList.remove("lit");
    for (const one of document.querySelectorAll("[aria-describedby=tip]")) one.removeAttribute("aria-describedby");
  };

  // ---- copying

  const copy = async (value) => {
    try {
      await navigator.clipboard.writeText(value);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = value;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };

  const copied = async (button, value) => {
    const done = await copy(value);
    button.focus();
    said.textContent = done ? "Copied." : "The browser does not let this page copy.";
    button.classList.toggle("done", done);
    setTimeout(() => button.classList.remove("done"), 1500);
  };

  // ---- events

  form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
  form.addEventListener("input", ({ target: control }) => {
    if (control.name === "target") { target = control.value; remember(); return; }
    if (control !== text) {
      const value = control.type === "checkbox" ? (control.checked ? "1" : "") : control.value;
      if (value) fields[control.name] = value;
      else delete fields[control.name];
    }
    soon();
  });
  form.addEventListener("change", () => { open = false; });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      ask().then(() => answer.focus());
    }
  });
  // The example that the page begins with gives way to whatever is pasted.
  text.addEventListener("focus", () => { if (text.value === example) text.select(); });
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-example]");
    const mark = event.target.closest("a.told");
    const button = event.target.closest(".copy");
    if (chosen) {
      event.preventDefault();
      text.value = example = chosen.dataset.example;
      for (const name of Object.keys(fields)) if (!fixed.includes(name)) delete fields[name];
      open = false;
      ask().then(() => { open = false; });
    } else if (mark) {
      event.preventDefault();
      const list = rowsOf(mark)[0]?.closest("details");
      if (list) list.open = true;
      rowsOf(mark)[0]?.scrollIntoView({ block: "nearest" });
      rowsOf(mark)[0]?.focus({ preventScroll: true });
    } else if (button) {
      copied(button, `${button.parentElement.querySelector("pre").textContent}\n`);
    } else if (event.target.closest(".jobs a")) {
      event.preventDefault();
      const job = document.getElementById(event.target.closest("a").hash.slice(1));
      job.scrollIntoView();
      job.focus({ preventScroll: true });
    }
  });
  link.addEventListener("click", () => { remember(); copied(link, location.origin + location.pathname + address()); });
  answer.addEventListener("mouseover", (event) => {
    const mark = event.target.closest(".told");
    if (mark) light(mark);
  });
  answer.addEventListener("mouseout", (event) => { if (event.target.closest(".told")) hide(); });
  answer.addEventListener("focusin", (event) => { if (event.target.matches(".told")) light(event.target); });
  answer.addEventListener("focusout", hide);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("popstate", () => {
    open = false;
    if (!restore()) { text.value = example; fields = {}; }
    ask({ kept: false });
  });

  for (const name of fixed) {
    const control = form.elements[name];
    const value = control.type === "checkbox" ? (control.checked ? "1" : "") : control.value;
    if (value && value !== "late") fields[name] = value;
  }
  for (const one of answer.querySelectorAll("fieldset.fill input")) if (one.value) fields[one.name] = one.value;
  document.getElementById("go").hidden = true;
  link.hidden = false;
  dress();
  if (restore()) ask({ kept: false });
})();
