(() => {
  const report = document.body.dataset.key;
  const place = `advisor:${report}`;
  const boxes = Array.from(document.querySelectorAll("input[data-step]"));
  const answers = Array.from(document.querySelectorAll("input[data-answer]"));
  const steps = boxes.filter((box) => box.closest("#plan"));
  const said = document.getElementById("keep-said");

  const state = () => ({
    advisor: "session",
    version: 1,
    report,
    done: boxes.filter((box) => box.checked).map((box) => box.dataset.step),
    answers: Object.fromEntries(
      answers.filter((field) => field.value).map((field) => [field.dataset.answer, field.value]),
    ),
  });

  const store = () => {
    try {
      localStorage.setItem(place, JSON.stringify(state()));
    } catch {
      say("This browser keeps nothing for this file: export the ticks to keep them.");
    }
  };

  const stored = () => {
    try {
      return JSON.parse(localStorage.getItem(place));
    } catch {
      return null;
    }
  };

  const say = (text) => {
    if (said) {
      said.textContent = text;
    }
  };

  const apply = (kept) => {
    const done = new Set(Array.isArray(kept.done) ? kept.done : []);
    const texts = new Map(Object.entries(kept.answers ?? {}));
    for (const box of boxes) {
      box.checked = done.has(box.dataset.step);
    }
    for (const field of answers) {
      const text = texts.get(field.dataset.answer);
      field.value = typeof text === "string" ? text : "";
    }
    draw();
    return boxes.filter((box) => box.checked).length + answers.filter((field) => field.value).length;
  };

  const draw = () => {
    const done = steps.filter((box) => box.checked).length;
    const bar = document.getElementById("progress-bar");
    if (!bar) {
      return;
    }
    bar.setAttribute("width", String(steps.length ? (300 * done) / steps.length : 0));
    document.getElementById("progress-picture").setAttribute("aria-label", `Progress: ${done} of ${steps.length} steps done`);
    document.getElementById("progress-text").textContent = `${done} of ${steps.length} steps done`;
    for (const tally of document.querySelectorAll("[data-done-of]")) {
      const own = steps.filter((box) => box.closest(`#${tally.dataset.doneOf}`));
      tally.textContent = `${own.filter((box) => box.checked).length} of ${own.length} done`;
    }
  };

  const exported = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(state(), null, 2) + "\n"], { type: "application/json" }));
    link.download = `advisor-session-${report}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    say(`Written to ${link.download}.`);
  };

  const imported = async (file) => {
    let kept;
    try {
      kept = JSON.parse(await file.text());
    } catch {
      kept = null;
    }
    if (kept?.advisor !== "session" || !Array.isArray(kept.done)) {
      say("That is no file that this button's neighbour wrote: nothing was changed.");
      return;
    }
    const given = kept.done.length + Object.keys(kept.answers ?? {}).length;
    const taken = apply(kept);
    store();
    const other = kept.report === report ? "" : " It was written by another report.";
    say(`${taken} of ${given} entries taken over.${other}`);
  };

  const copied = async (button) => {
    const text = button.parentElement.querySelector("pre").textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(button.parentElement.querySelector("pre"));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      document.execCommand("copy");
    }
    const label = button.firstChild;
    label.textContent = "Copied";
    setTimeout(() => { label.textContent = "Copy"; }, 1500);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".copy");
    if (button) {
      copied(button);
    }
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-step]")) {
      draw();
      store();
    }
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-answer]")) {
      store();
    }
  });
  document.getElementById("export")?.addEventListener("click", exported);
  document.getElementById("forget")?.addEventListener("click", () => {
    apply({});
    store();
    say("Cleared.");
  });
  document.getElementById("import")?.addEventListener("change", async (event) => {
    if (event.target.files.length) {
      await imported(event.target.files[0]);
      event.target.value = "";
    }
  });

  for (const shown of document.querySelectorAll(".keep, .copy, .answer")) {
    shown.hidden = false;
  }
  const kept = stored();
  if (kept) {
    apply(kept);
  } else {
    draw();
  }
})();
