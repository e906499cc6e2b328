
"use strict";
// Plays a recording. Everything that it shows comes from the data element and is written as text, never as markup.
(() => {
  const data = JSON.parse(document.getElementById("recording").textContent);
  const part = (id) => document.getElementById(id);
  const screen = part("screen"), slider = part("slider"), play = part("play");
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const last = data.frames.length - 1;
  let at = 0, timer = null;

  // A frame is the rows that differ from the one before; whole frames are worked out once.
  const frames = [];
  for (const changes of data.frames) {
    const rows = frames.length ? frames[frames.length - 1].slice() : [];
    for (let i = 0; i < changes.length; i += 2) rows[changes[i]] = changes[i + 1];
    frames.push(rows);
  }

  const PIECES = /[ -~\u00a1-\u017f\u2500-\u257f]+|./gsu;
  const PLAIN = /^[ -~\u00a1-\u017f\u2500-\u257f]/;
  const line = (row) => {
    const element = document.createElement("span");
    const runs = data.rows[row];
    for (let i = 0; i < runs.length; i += 2) {
      // A mark may come from another font and be wider than a cell: nothing behind it may move.
      for (const text of runs[i + 1].match(PIECES) ?? []) {
        const run = document.createElement("span");
        run.className = "i" + runs[i] + (PLAIN.test(text) ? "" : " mark");
        run.style.width = [...text].length + "ch";
        run.textContent = text;
        element.append(run);
      }
    }
    element.append("\n");
    return element;
  };

  let shown = [];
  const draw = () => {
    const rows = frames[at];
    if (screen.children.length !== rows.length) { screen.textContent = ""; shown = []; }
    rows.forEach((row, place) => {
      if (shown[place] === row) return;
      if (place < screen.children.length) screen.replaceChild(line(row), screen.children[place]);
      else screen.append(line(row));
    });
    shown = rows;
  };

  const steps = data.steps.map(([frame, title]) => {
    const item = document.createElement("li"), button = document.createElement("button");
    button.type = "button";
    button.textContent = title;
    button.addEventListener("click", () => { pause(); go(frame); });
    item.append(button);
    part("steps").append(item);
    return { frame, title, button };
  });
  const step = () => { let found = 0; steps.forEach((one, i) => { if (one.frame <= at) found = i; }); return found; };

  let current = null;
  const go = (wanted) => {
    at = Math.max(0, Math.min(last, wanted));
    draw();
    slider.value = String(at);
    slider.setAttribute("aria-valuetext", (at + 1) + " / " + (last + 1) + ": " + data.told[at]);
    part("count").textContent = (at + 1) + " / " + (last + 1);
    part("told").textContent = data.told[at];
    // VMs run side by side: the event's own step need not be the one that has begun last.
    const name = data.names[data.step[at]];
    part("step").textContent = name;
    const now = steps.find((one) => one.title === name);
    if (now && now !== current) {
      if (current) current.button.removeAttribute("aria-current");
      now.button.setAttribute("aria-current", "step");
      const list = part("steps"), button = now.button;
      const above = button.offsetTop - list.offsetTop, below = above + button.offsetHeight;
      if (above < list.scrollTop || below > list.scrollTop + list.clientHeight) {
        // By itself, nothing glides for those who want no motion.
        list.scrollTo({ top: above - list.clientHeight / 3, behavior: still.matches ? "auto" : "smooth" });
      }
      current = now;
    }
  };

  const pause = () => {
    if (timer !== null) window.clearTimeout(timer);
    timer = null;
    play.textContent = data.words.play;
  };
  const next = () => {
    if (at >= last) { pause(); return; }
    // Without motion, playing goes from step to step, and gives each the time of all its events.
    const then = still.matches ? steps.map((one) => one.frame).find((frame) => frame > at) ?? last : at + 1;
    timer = window.setTimeout(() => { go(then); next(); }, data.at[then] - data.at[at]);
  };
  const toggle = () => {
    if (timer !== null) { pause(); return; }
    if (at >= last) go(0);
    play.textContent = data.words.pause;
    next();
  };

  const keys = {
    " ": toggle,
    ArrowLeft: () => { pause(); go(at - 1); },
    ArrowRight: () => { pause(); go(at + 1); },
    PageUp: () => { pause(); const i = step(); go(steps[i].frame < at ? steps[i].frame : steps[Math.max(0, i - 1)].frame); },
    PageDown: () => { pause(); const i = step(); go(i + 1 < steps.length ? steps[i + 1].frame : last); },
    Home: () => { pause(); go(0); },
    End: () => { pause(); go(last); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const on = event.target.tagName;
    if (on === "SUMMARY" || (on === "BUTTON" && event.key === " ")) return; // the browser's own
    const what = keys[event.key];
    if (what) { event.preventDefault(); what(); }
  });
  play.addEventListener("click", toggle);
  part("previous").addEventListener("click", keys.ArrowLeft);
  part("next").addEventListener("click", keys.ArrowRight);
  slider.addEventListener("input", () => { pause(); go(Number(slider.value)); });
  // run.html#42 begins at the 42nd event, so that a slide can point at it.
  const linked = () => Number.parseInt(window.location.hash.slice(1), 10) - 1 || 0;
  window.addEventListener("hashchange", () => { pause(); go(linked()); });
  go(linked());
})();
