/* The rest of an answer: what is chosen, which card and step the keys mean, reasons, step marks,
   and what is still missing. The form's own controls hold it all. Does not know keys or sending. */
const Form = (() => {
  "use strict";

  const active = { slot: 0, step: 0 };

  const cards = (room) => [...room.querySelectorAll(".slot")];
  const cardOf = (room, slot) => room.querySelector(`.slot[data-slot="${slot}"]`);
  const stepsOf = (card) => [...card.querySelectorAll("[data-step]")];
  const markOf = (step) => step.querySelector(":checked")?.value;
  const noErrorsOf = (card) => card.querySelector("[name^=no_errors_]");
  const asksMarks = (room) => room.querySelector(".marks") !== null;
  const hasParts = (room) => room.querySelector(".said") !== null;
  const isSentByEnter = (room) => room.querySelector(".send") !== null;

  function attach(room) {
    if (!isSentByEnter(room)) return;
    room.querySelector("#answer").noValidate = true; // missing() says it in our words
    if (asksMarks(room)) cards(room).forEach(follow);
    refresh(room);
  }

  /* When it comes on the screen. */
  function begin(room) {
    Object.assign(active, { slot: 0, step: 0 });
    if (asksMarks(room)) activate(room, 1, 1);
  }

  // --- the active card and step ----------------------------------------------------------------------
  function activate(room, slot, step = 0) {
    room.querySelectorAll(".slot.active, .slot .active").forEach((old) => old.classList.remove("active"));
    const card = cardOf(room, slot);
    Object.assign(active, { slot, step });
    card.classList.add("active");
    const line = asksMarks(room) && stepsOf(card)[step - 1];
    if (line) line.classList.add("active");
  }

  function reveal(room) {
    const card = cardOf(room, active.slot);
    const shown = card && (stepsOf(card)[active.step - 1] ?? card);
    shown?.scrollIntoView({ block: "nearest", behavior: "instant" });
  }

  function moveSlot(room, by) {
    if (!hasParts(room)) return false;
    const count = cards(room).length;
    const slot = active.slot ? (active.slot - 1 + by + count) % count + 1 : by > 0 ? 1 : count;
    activate(room, slot, firstUnmarked(cardOf(room, slot)));
    reveal(room);
    return true;
  }

  function moveStep(room, by) {
    if (!asksMarks(room)) return false;
    const steps = stepsOf(cardOf(room, active.slot)).filter((step) => !step.querySelector(":disabled"));
    activate(room, active.slot, Math.min(Math.max(active.step + by, 1), steps.length));
    reveal(room);
    return true;
  }

  const firstUnmarked = (card) => Math.max(stepsOf(card).findIndex((step) => !markOf(step)), 0) + 1;

  // --- marks and reasons -------------------------------------------------------------------------------
  function mark(room, value) {
    const step = stepsOf(cardOf(room, active.slot))[active.step - 1];
    const radio = step?.querySelector(`[value="${value}"]:enabled`);
    if (!radio) return null;
    const said = { slot: active.slot, step: active.step, mark: radio.ariaLabel };
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    if (value === "-1") nextUnsettled(room);
    else moveStep(room, 1);
    return said;
  }

  function noErrors(room) {
    const box = noErrorsOf(cardOf(room, active.slot));
    box.checked = !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
    if (box.checked) nextUnsettled(room);
  }

  function nextUnsettled(room) {
    const next = cards(room).find((card) => !isSettled(card));
    if (!next) return;
    activate(room, Number(next.dataset.slot), firstUnmarked(next));
    reveal(room);
  }

  const isSettled = (card) => noErrorsOf(card).checked || card.querySelector("[value='-1']:checked") !== null;

  /* The first error ends a rationale: nothing is asked of the steps after it. */
  function follow(card) {
    let isOver = false;
    for (const step of stepsOf(card)) {
      step.classList.toggle("unasked", isOver);
      for (const radio of step.querySelectorAll("input")) radio.disabled = isOver;
      isOver ||= markOf(step) === "-1";
    }
  }

  function reason(room, key) {
    if (!active.slot) return false;
    const box = room.querySelector(`[name=reason][value="${active.slot}:${CSS.escape(key)}"]`);
    box.click();
    return true;
  }

  /* One control changed: what follows from it. */
  function changed(room, control) {
    const card = control.closest(".slot");
    if (control.name.startsWith("mark_")) {
      if (control.value === "-1") noErrorsOf(card).checked = false;
      follow(card);
    } else if (control.name.startsWith("no_errors_") && control.checked) {
      card.querySelectorAll("[value='-1']:checked").forEach((radio) => { radio.checked = false; });
      follow(card);
    } else if (control.name === "best" || control.name === "worst") {
      const other = control.name === "best" ? "worst" : "best";
      const same = room.querySelector(`[name=${other}][value="${control.value}"]`);
      if (same.checked) same.checked = false;
      fillWorst(room);
    }
    if (control.matches("[name=pick], [name=best], [name=worst], [name^=rank_]") && control.value) {
      delete room.dataset.choice;
    }
    if (card && hasParts(room)) {
      const step = Number(control.closest("[data-step]")?.dataset.step ?? 0);
      activate(room, Number(card.dataset.slot), step || active.step);
    } else if (control.name === "pick" && hasParts(room)) {
      activate(room, Number(control.value), firstUnmarked(cardOf(room, control.value)));
    }
    refresh(room);
  }

  function fillWorst(room) {
    const best = room.querySelector("[name=best]:checked");
    const all = room.querySelectorAll("[name=worst]");
    if (best && all.length === 2) all[best.value === "1" ? 1 : 0].checked = true;
  }

  // --- the choice ----------------------------------------------------------------------------------------
  function choose(room, value) {
    if (room.dataset.choice === value) delete room.dataset.choice;
    else room.dataset.choice = value;
    Ranking.clear(room);
    if ("choice" in room.dataset) {
      for (const radio of room.querySelectorAll(".dock [type=radio]:checked")) radio.checked = false;
    }
    refresh(room);
  }

  function refresh(room) {
    for (const button of room.querySelectorAll(".none, .tie-all")) {
      button.ariaPressed = String(button.value === room.dataset.choice);
    }
    for (const fieldset of room.querySelectorAll(".reasons")) {
      const count = fieldset.querySelectorAll(":checked").length;
      fieldset.querySelector(".sum").textContent = count || "";
    }
  }

  /* First digit the best, second the worst. */
  function bestOrWorst(room, slot) {
    const hasBest = room.querySelector("[name=best]:checked");
    if (hasBest?.value === String(slot)) return;
    room.querySelector(`[name=${hasBest ? "worst" : "best"}][value="${slot}"]`).click();
  }

  function takeBack(room) {
    const last = room.querySelector("[name=worst]:checked") ?? room.querySelector("[name=best]:checked");
    if (!last) return;
    last.checked = false;
    last.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function missing(room, words) {
    const asks = room.dataset.protocol;
    const isChosen = "choice" in room.dataset
      || (asks === "ranking" && Ranking.isWhole(room))
      || (asks === "pick-best" && room.querySelector("[name=pick]:checked"))
      || (asks === "best-worst" && room.querySelectorAll("[name=best]:checked, [name=worst]:checked").length === 2);
    if (!isChosen) return { words: words.choose };
    const open = asksMarks(room) && cards(room).find((card) => !isSettled(card));
    if (open) {
      nextUnsettled(room);
      return { words: words.marks.replace("{slot}", open.dataset.slot) };
    }
    const score = room.querySelector("#answer .scale :invalid");
    if (score) {
      score.focus();
      score.scrollIntoView({ block: "nearest" });
      return { words: words.scores };
    }
    return null;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".unfold");
    if (!button) return;
    const isOpen = button.ariaExpanded !== "true";
    button.ariaExpanded = String(isOpen);
    button.closest(".reasons").classList.toggle("unfolded", isOpen);
  });

  return { active, attach, begin, isSentByEnter, moveSlot, moveStep, mark, noErrors, reason, changed, choose, bestOrWorst, takeBack, missing };
})();
