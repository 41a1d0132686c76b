/* Ranking by digits, by tapping in order, and by dragging; the selects of the plain form hold the
   answer. Knows: the order so far, who is equal to the one before, and that the last one left is
   filled by itself. Does not know when it is sent. */
const Ranking = (() => {
  "use strict";

  const DRAG_PX = 8, REACH_PX = 40;
  const states = new WeakMap(); // room -> { order: [slot], equal: Set(slot), isFilled, isNextEqual }

  const isAsked = (room) => room.dataset.protocol === "ranking";
  const selects = (room) => [...room.querySelectorAll("select[name^=rank_]")];
  const stateOf = (room) => states.get(room);
  const isWhole = (room) => stateOf(room).order.length === selects(room).length;
  const allowsEqual = (room) => "equal" in room.querySelector(".order").dataset;

  /* From what the form holds: given before, or a draft. */
  function attach(room) {
    if (!isAsked(room)) return;
    const ranked = selects(room)
      .map((select, index) => ({ slot: index + 1, rank: Number(select.value) }))
      .filter(({ rank }) => rank)
      .sort((a, b) => a.rank - b.rank || a.slot - b.slot);
    const equal = ranked.filter(({ rank }, index) => rank === ranked[index - 1]?.rank);
    states.set(room, {
      order: ranked.map(({ slot }) => slot),
      equal: new Set(equal.map(({ slot }) => slot)),
      isFilled: false,
      isNextEqual: false,
    });
    draw(room);
  }

  /* The next in order of preference; one that has its rank gives it back. Returns its rank, or 0. */
  function press(room, slot) {
    const state = stateOf(room);
    if (state.order.includes(slot)) take(state, slot);
    else append(room, state, slot);
    return write(room)[slot - 1];
  }

  function append(room, state, slot) {
    if (state.isNextEqual && state.order.length) state.equal.add(slot);
    state.isNextEqual = false;
    state.order.push(slot);
    const left = selects(room).map((_, index) => index + 1).filter((n) => !state.order.includes(n));
    state.isFilled = left.length === 1;
    if (state.isFilled) state.order.push(left[0]);
  }

  function take(state, slot) {
    const index = state.order.indexOf(slot);
    if (!state.equal.delete(slot)) state.equal.delete(state.order[index + 1]);
    state.order.splice(index, 1);
    state.isFilled = state.isNextEqual = false;
  }

  function back(room) {
    const state = stateOf(room);
    if (state.isNextEqual) state.isNextEqual = false;
    else for (let times = state.isFilled ? 2 : 1; times && state.order.length; times--) {
      take(state, state.order.at(-1));
    }
    write(room);
  }

  /* The next is as good as the one before; once all have their rank, the last is. */
  function tie(room) {
    const state = stateOf(room);
    if (isWhole(room)) toggle(state.equal, state.order.at(-1));
    else state.isNextEqual = !state.isNextEqual;
    write(room);
  }

  const toggle = (set, value) => set.delete(value) || set.add(value);

  function move(room, slot, index) {
    const state = stateOf(room);
    if (state.order.includes(slot)) {
      take(state, slot);
      state.order.splice(index, 0, slot);
      if (index && state.equal.has(state.order[index + 1])) state.equal.add(slot);
    } else if (index >= state.order.length) {
      append(room, state, slot);
    } else {
      state.order.splice(index, 0, slot);
      if (index && state.equal.has(state.order[index + 1])) state.equal.add(slot);
      const last = state.order.pop(); // once more, so that the last one left is filled
      append(room, state, last);
    }
    write(room);
  }

  function clear(room) {
    if (!isAsked(room)) return;
    Object.assign(stateOf(room), { order: [], equal: new Set(), isFilled: false, isNextEqual: false });
    write(room);
  }

  /* Dense: 1 1 2, never 1 1 3. */
  function ranksOf({ order, equal }) {
    const ranks = [];
    let rank = 0;
    for (const slot of order) ranks[slot - 1] = equal.has(slot) ? rank : ++rank;
    return ranks;
  }

  function write(room) {
    const ranks = ranksOf(stateOf(room));
    selects(room).forEach((select, index) => { select.value = ranks[index] ?? ""; });
    draw(room);
    room.querySelector("select").dispatchEvent(new Event("change", { bubbles: true }));
    return ranks.map((rank) => rank ?? 0);
  }

  // --- what it looks like -----------------------------------------------------------------------
  function draw(room) {
    const state = stateOf(room), ranks = ranksOf(state), count = selects(room).length;
    for (const button of room.querySelectorAll("[data-rank]")) {
      const rank = ranks[button.dataset.rank - 1];
      button.setAttribute("aria-pressed", String(Boolean(rank)));
      button.querySelector(".rank").textContent = rank ?? "";
    }
    const row = room.querySelector(".order");
    const parts = state.order.flatMap((slot, index) => [index && between(row, state, slot), chip(slot)]);
    for (let index = state.order.length; index < count; index++) {
      const isEqual = index === state.order.length && state.isNextEqual;
      parts.push(index && mark(isEqual ? "=" : "›"), emptyPlace(index + 1));
    }
    row.replaceChildren(...parts.filter(Boolean));
  }

  function element(tag, className, text) {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = text;
    return made;
  }

  function mark(text) {
    const made = element("span", "between", text);
    made.ariaHidden = "true";
    return made;
  }

  function emptyPlace(rank) {
    const made = element("span", "empty-place", rank);
    made.ariaHidden = "true";
    return made;
  }

  function chip(slot) {
    const made = element("span", "ranked", `A${slot}`);
    made.dataset.ranked = slot;
    return made;
  }

  function between(row, state, slot) {
    const isEqual = state.equal.has(slot);
    if (!("equal" in row.dataset)) return mark("›");
    const made = element("button", "between", isEqual ? "=" : "›");
    made.type = "button";
    made.dataset.between = slot;
    made.ariaPressed = String(isEqual);
    made.ariaLabel = `${row.dataset.equal}: A${state.order[state.order.indexOf(slot) - 1]}, A${slot}`;
    return made;
  }

  // --- dragging: from the row of slots or within the order, by any pointer -------------------------
  let drag = null;

  document.addEventListener("pointerdown", (event) => {
    const held = event.target.closest("[data-ranked], [data-rank]");
    if (!held || event.button) return;
    const slot = Number(held.dataset.ranked ?? held.dataset.rank);
    drag = { held, slot, x: event.clientX, y: event.clientY, isMoving: false };
  });

  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const x = event.clientX - drag.x, y = event.clientY - drag.y;
    if (!drag.isMoving && Math.hypot(x, y) < DRAG_PX) return;
    drag.isMoving = true;
    drag.held.classList.add("dragged");
    drag.held.style.translate = `${x}px ${y}px`;
    const row = document.querySelector("#rating .order");
    row.classList.toggle("receiving", isOver(row, event));
  });

  document.addEventListener("pointerup", (event) => {
    if (!drag) return;
    const { held, slot, isMoving } = drag;
    release();
    if (!isMoving) return;
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }));
    const room = document.getElementById("rating"), row = room.querySelector(".order");
    if (isOver(row, event)) move(room, slot, placeAt(row, slot, event.clientX));
    else if (held.dataset.ranked) press(room, slot); // dragged away: gives its rank back
  });

  document.addEventListener("pointercancel", release);

  function release() {
    if (!drag) return;
    drag.held.classList.remove("dragged");
    drag.held.style.translate = "";
    document.querySelector("#rating .order")?.classList.remove("receiving");
    drag = null;
  }

  function swallow(event) {
    event.preventDefault();
    event.stopPropagation();
  }

  function isOver(row, { clientX, clientY }) {
    const box = row.getBoundingClientRect();
    return clientX > box.left - REACH_PX && clientX < box.right + REACH_PX
      && clientY > box.top - REACH_PX && clientY < box.bottom + REACH_PX;
  }

  function placeAt(row, slot, x) {
    const others = [...row.querySelectorAll("[data-ranked]")].filter((c) => c.dataset.ranked != slot);
    const isRightToLeft = getComputedStyle(row).direction === "rtl";
    return others.filter((other) => {
      const box = other.getBoundingClientRect(), middle = (box.left + box.right) / 2;
      return isRightToLeft ? x < middle : x > middle;
    }).length;
  }

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-between]");
    if (!pressed) return;
    const room = document.getElementById("rating"), slot = Number(pressed.dataset.between);
    toggle(stateOf(room).equal, slot);
    write(room);
    const isByKey = event.detail === 0; // Enter stays on it then; after a tap it sends
    if (isByKey) room.querySelector(`[data-between="${slot}"]`).focus();
  });

  return { isAsked, attach, press, back, tie, clear, isWhole, allowsEqual, hasBegun: (room) => stateOf(room).order.length > 0 };
})();
