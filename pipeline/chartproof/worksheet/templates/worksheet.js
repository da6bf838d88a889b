"use strict";
// All of this is comfort. Links, marks, details and fields work without it.
(() => {
  const byId = (id) => document.getElementById(id);
  const each = (selector, act) => document.querySelectorAll(selector).forEach(act);

  // Which criteria are shown, and in what order.
  const rank = { not_met: 0, unsure: 1, met: 2 };
  const rankOf = (row) => rank[Object.keys(rank).find((status) => row.classList.contains(status))];
  const show = (choice) => {
    each("table.criteria > tbody", (body) => {
      const rows = [...body.children];
      rows.sort((a, b) => (choice === "all" ? 0 : rankOf(a) - rankOf(b)) || a.dataset.place - b.dataset.place);
      rows.forEach((row) => {
        row.hidden = choice === "only" && row.classList.contains("met");
        body.append(row);
      });
      const none = rows.every((row) => row.hidden);
      body.parentElement.hidden = none;
      body.parentElement.nextElementSibling.hidden = !none;
    });
  };
  const controls = byId("controls");
  controls.hidden = false;
  controls.addEventListener("change", (event) => { if (event.target.name === "show") show(event.target.value); });
  const reset = controls.querySelector("input[value=all]");
  reset.checked = true;

  const unfold = byId("unfold");
  unfold.addEventListener("click", () => {
    const open = unfold.dataset.open !== "yes";
    unfold.dataset.open = open ? "yes" : "no";
    unfold.textContent = open ? "Close all details" : "Open all details";
    each("details.fold", (fold) => { fold.open = open; });
  });

  // Make a link's target visible: unfold what holds it, show its row, flash every piece of a split mark.
  const reveal = (target) => {
    for (let at = target; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
    }
    if (target.closest(".criteria [hidden], .criteria[hidden]")) {
      reset.checked = true;
      show("all");
    }
    each(".flash", (mark) => mark.classList.remove("flash"));
    if (target.dataset.q) {
      void target.offsetWidth; // restarts the animation
      each(`mark[data-q="${target.dataset.q}"]`, (mark) => mark.classList.add("flash"));
    }
  };

  // The way back from a quote to what it was opened from.
  const back = byId("back");
  const trail = [];
  const offer = () => {
    back.hidden = trail.length === 0;
    if (trail.length) back.textContent = `\u2190 Back to ${trail[trail.length - 1].name}`;
  };
  const nameOf = (link) => {
    const row = link.closest(".criterion");
    if (row) return row.querySelector(".cid").textContent;
    if (link.closest(".text")) return "the note";
    const section = link.closest("section");
    const heading = section && section.querySelector("h2");
    return heading ? heading.textContent.toLowerCase() : "where you were";
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link || link.classList.contains("skip")) return;
    const target = byId(link.getAttribute("href").slice(1));
    if (!target) return;
    reveal(target);
    trail.push({ link, name: nameOf(link) });
    offer();
  });
  back.addEventListener("click", () => {
    const { link } = trail.pop();
    reveal(link);
    link.focus({ preventScroll: true });
    link.scrollIntoView({ block: "center" });
    offer();
  });
  window.addEventListener("hashchange", () => {
    const target = byId(decodeURIComponent(location.hash.slice(1)));
    if (target) reveal(target);
  });
  const scrolls = ["PageDown", "PageUp", "ArrowDown", "ArrowUp", "Home", "End", " "];
  document.addEventListener("keydown", (event) => {
    // Two panes scroll, the page does not: keys pressed on nothing scroll the left one.
    if (document.activeElement === document.body && scrolls.includes(event.key)) byId("left").focus({ preventScroll: true });
    if (event.key === "Escape") each(".refs[open]", (refs) => { refs.open = false; });
  });

  // Paper shows the worksheet and the passages it quotes; with the box ticked, everything.
  const printAll = byId("print-all");
  const choosePrint = () => document.body.classList.toggle("print-all", printAll.checked);
  printAll.addEventListener("change", choosePrint);
  choosePrint();
  let folded = [];
  window.addEventListener("beforeprint", () => {
    if (!printAll.checked) return;
    folded = [...document.querySelectorAll("details.fold:not([open])")];
    folded.forEach((fold) => { fold.open = true; });
  });
  window.addEventListener("afterprint", () => folded.forEach((fold) => { fold.open = false; }));

  // Entries live on the page alone: ask before they are lost.
  let entered = false;
  document.addEventListener("input", (event) => { entered = entered || !event.target.closest(".controls"); });
  window.addEventListener("beforeunload", (event) => { if (entered) event.preventDefault(); });
})();
