(() => {
  const report = document.body.dataset.key;
  const place = `advisor:${report}`;
  const boxes = new Map(Array.from(document.querySelectorAll("input[data-step]"), (box) => [box.dataset.step, box]));
  const answers = new Map(Array.from(document.querySelectorAll("input[data-answer]"), (field) => [field.dataset.answer, field]));
  const steps = Array.from(boxes.values()).filter((box) => !box.dataset.step.startsWith("question-"));
  const said = document.getElementById("keep-said");
  const person = document.getElementById("person");
  const conflicts = document.getElementById("conflicts");
  const control = (id) => document.getElementById(id);
  // Each entry is what somebody set last: {value, at, by}; an entry without a time is older than any.
  let entries = {};
  let cleared = null;

  const say = (text) => {
    if (said) {
      said.textContent = text;
    }
  };

  const written = (value) => (value === true ? "done" : value === false ? "not done" : `“${value}”`);

  const state = () => ({ advisor: "session", version: 2, report, person: person?.value ?? "", entries });

  const store = () => {
    try {
      localStorage.setItem(place, JSON.stringify(state()));
    } catch {
      say("This browser keeps nothing for this file: export the ticks to keep them.");
    }
  };

  const parsed = (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  };

  const entriesOf = (kept) => {
    const found = {};
    if (kept?.advisor !== "session") {
      return null;
    }
    if (Array.isArray(kept.done)) {
      kept.done.forEach((key) => { found[key] = { value: true, at: "", by: "" }; });
      Object.entries(kept.answers ?? {}).forEach(([key, value]) => { found[`${key}-answer`] = { value, at: "", by: "" }; });
      return found;
    }
    if (typeof kept.entries !== "object" || kept.entries === null) {
      return null;
    }
    for (const [key, entry] of Object.entries(kept.entries)) {
      if (["boolean", "string"].includes(typeof entry?.value)) {
        found[key] = { value: entry.value, at: String(entry.at ?? ""), by: String(entry.by ?? "") };
      }
    }
    return found;
  };

  const draw = () => {
    for (const [key, box] of boxes) {
      box.checked = entries[key]?.value === true;
    }
    for (const [key, input] of answers) {
      const value = entries[`${key}-answer`]?.value;
      input.value = typeof value === "string" ? value : "";
    }
    count();
  };

  const count = () => {
    const done = steps.filter((box) => box.checked).length;
    const bar = control("progress-bar");
    if (!bar) {
      return;
    }
    bar.setAttribute("width", String(steps.length ? (300 * done) / steps.length : 0));
    control("progress-picture").setAttribute("aria-label", `Progress: ${done} of ${steps.length} steps done`);
    control("progress-text").textContent = `${done} of ${steps.length} steps done`;
    for (const tally of document.querySelectorAll("[data-done-of]")) {
      const own = steps.filter((box) => box.closest(`#${tally.dataset.doneOf}`));
      tally.textContent = `${own.filter((box) => box.checked).length} of ${own.length} done`;
    }
  };

  const set = (key, value) => {
    entries[key] = { value, at: new Date().toISOString(), by: person?.value ?? "" };
    store();
  };

  const exported = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(state(), null, 2) + "\n"], { type: "application/json" }));
    link.download = `advisor-session-${report}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    say(`Written to ${link.download}.`);
  };

  const known = (key) => boxes.has(key) || answers.has(key.replace(/-answer$/, ""));
  const title = (key) => {
    const box = boxes.get(key.replace(/-answer$/, ""));
    return document.getElementById(box.getAttribute("aria-labelledby")).textContent.trim();
  };

  const conflict = (key, kept, other) => {
    const line = document.createElement("li");
    const who = (entry) => [entry.by, entry.at.slice(0, 16).replace("T", " ")].filter(Boolean).join(", ") || "no name, no time";
    line.append(`${title(key)}: kept ${written(kept.value)} (${who(kept)}), not ${written(other.value)} (${who(other)}) `);
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Use the other";
    button.addEventListener("click", () => {
      set(key, other.value);
      draw();
      line.remove();
    });
    line.append(button);
    conflicts.append(line);
  };

  const merged = (kept) => {
    const given = Object.entries(kept);
    let taken = 0;
    for (const [key, entry] of given.filter(([key]) => known(key))) {
      const own = entries[key];
      if (own && own.value !== entry.value && own.value !== "" && entry.value !== "") {
        const [newer, older] = entry.at > own.at ? [entry, own] : [own, entry];
        conflict(key, newer, older);
      }
      if (!own || entry.at > own.at) {
        entries[key] = entry;
      }
      taken += 1;
    }
    return [taken, given.length];
  };

  const imported = async (files) => {
    conflicts.replaceChildren();
    let [taken, given, unread, foreign] = [0, 0, 0, 0];
    for (const file of files) {
      const kept = parsed(await file.text());
      const found = entriesOf(kept);
      if (found === null) {
        unread += 1;
        continue;
      }
      foreign += kept.report === report ? 0 : 1;
      const [own, all] = merged(found);
      taken += own;
      given += all;
    }
    draw();
    store();
    const notes = [
      `${taken} of ${given} entries merged, the newer one where two differ.`,
      unread ? `${unread} of ${files.length} files are no export of a session: nothing was changed by them.` : "",
      foreign ? "Some were written by another report." : "",
      conflicts.children.length ? `${conflicts.children.length} differ:` : "",
    ];
    say(notes.filter(Boolean).join(" "));
  };

  const copied = async (button) => {
    const shown = button.parentElement.querySelector("pre");
    try {
      await navigator.clipboard.writeText(shown.textContent);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(shown);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      document.execCommand("copy");
    }
    button.firstChild.textContent = "Copied";
    setTimeout(() => { button.firstChild.textContent = "Copy"; }, 1500);
  };

  const asking = (open) => {
    control("forget").hidden = open;
    control("forget-yes").hidden = control("forget-no").hidden = !open;
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".copy");
    if (button) {
      copied(button);
    }
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-step]")) {
      set(event.target.dataset.step, event.target.checked);
      count();
    }
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-answer]")) {
      set(`${event.target.dataset.answer}-answer`, event.target.value);
    }
  });
  control("export")?.addEventListener("click", exported);
  person?.addEventListener("input", store);
  control("forget")?.addEventListener("click", () => asking(true));
  control("forget-no")?.addEventListener("click", () => asking(false));
  control("forget-yes")?.addEventListener("click", () => {
    [cleared, entries] = [entries, {}];
    draw();
    store();
    asking(false);
    control("undo").hidden = false;
    say("Cleared.");
  });
  control("undo")?.addEventListener("click", () => {
    entries = { ...cleared, ...entries };
    draw();
    store();
    control("undo").hidden = true;
    say("The ticks and answers are back.");
  });
  control("import")?.addEventListener("change", async (event) => {
    if (event.target.files.length) {
      await imported(Array.from(event.target.files));
      event.target.value = "";
    }
  });

  for (const shown of document.querySelectorAll(".keep, .copy, .answer")) {
    shown.hidden = false;
  }
  let kept = null;
  try {
    kept = parsed(localStorage.getItem(place));
  } catch {
    kept = null;
  }
  entries = entriesOf(kept) ?? {};
  if (person && typeof kept?.person === "string") {
    person.value = kept.person;
  }
  draw();
})();
