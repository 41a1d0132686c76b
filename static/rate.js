/* The rating room: a key press paints the triple that was claimed ahead, in the same frame, and what
   was answered goes out behind it.

   Knows: #rating is what is on the screen, <template id="ahead"> what comes next, and that only the
   server's own words say that something is saved. Does not know what is rated (rate-form.js,
   rate-ranking.js), what a hand does (rate-hands.js) or how an answer survives (rate-queue.js,
   rate-draft.js). Without these files the same forms work, one page a triple. */
const Room = (() => {
  "use strict";

  const SETTLE_MS = 250; // nobody has read a triple by then: a press so soon is a slip of the hand
  const status = document.getElementById("status");
  const home = document.body.dataset.room; // not where this page lies: it may have answered a form
  const screen = () => document.getElementById("rating");

  let ahead = []; // triples in hand that are not on the screen, the next first
  let isOver = false; // what is on the screen is answered, and nothing else is in hand
  let isLoading = false;
  let wanted = ""; // an address to load once all is sent
  let farewell = null; // what a page of its own says, where nothing comes after it
  let notice = ""; // to be said above what is painted next
  let painted = 0;

  // --- words for eyes and ears -------------------------------------------------------------------
  const LOUD = "loud", SAVED = "saved"; // in the way until it is over; in place of the count; for ears

  function say(words, how = "") {
    status.textContent = words;
    status.classList.toggle(LOUD, how === LOUD);
    status.classList.toggle(SAVED, how === SAVED && words !== "");
  }

  function count({ count, done, total }) {
    if (count) document.querySelector(".top .count").textContent = count;
    const bar = document.querySelector(".top progress");
    if (done) bar.value = Number(done);
    Pace.left(total ? Number(total) - Number(done) : bar.hidden ? null : bar.max - bar.value);
  }

  // --- the gate: closed while there is nothing to answer, and until a new triple has settled ---------
  const isBusy = () => isOver || isLoading || performance.now() - painted < SETTLE_MS;

  function mark() {
    screen().setAttribute("aria-busy", String(isBusy()));
    if (!isOver && !isLoading && isBusy()) setTimeout(mark, SETTLE_MS - (performance.now() - painted) + 1);
  }

  // --- painting ------------------------------------------------------------------------------------
  function prepare(room) {
    if (!room.querySelector("#answer")) return room;
    room.hasDraft = Draft.restore(room);
    Ranking.attach(room);
    Form.attach(room);
    Keys.label(room);
    return room;
  }

  function paint(room) {
    isOver = isLoading = false;
    screen().replaceWith(room);
    warn(room);
    scrollTo(0, 0);
    document.getElementById("question")?.focus({ preventScroll: true });
    shown(room);
  }

  function shown(room) {
    painted = performance.now();
    count(room.dataset);
    mark();
    if (!room.dataset.token) return Pace.hide();
    room.wasShown = true;
    Form.begin(room);
    Rest.look();
    requestAnimationFrame(() => requestAnimationFrame(() => {
      Clock.start("revise" in room.dataset ? null : room.dataset.token);
      measure(room);
    }));
  }

  /* So that what has the focus is never under the question or the controls; and so that a question
     longer than its window can be scrolled by keys. */
  function measure(room) {
    const heightOf = (part) => {
      const isSticky = part && getComputedStyle(part).position === "sticky";
      return isSticky ? `${Math.ceil(part.getBoundingClientRect().height) + 8}px` : "0px";
    };
    const root = document.documentElement.style;
    root.setProperty("--above", heightOf(room.querySelector(".asked")));
    root.setProperty("--below", heightOf(room.querySelector(".dock")));
    const question = room.querySelector(".question");
    if (question && question.scrollHeight > question.clientHeight + 1) question.tabIndex = 0;
  }

  // --- answering -------------------------------------------------------------------------------------
  function commit(url, fields) {
    const room = screen();
    const body = new URLSearchParams(fields);
    const times = Clock.read();
    for (const [name, value] of Object.entries(times)) if (body.has(name)) body.set(name, value);
    if (body.has("viewport")) body.set("viewport", `${innerWidth}x${innerHeight}`);
    if (!("revise" in room.dataset)) Rest.worked(times.visible_ms);
    say("");
    advance();
    Queue.add({ url, token: room.dataset.token, body: body.toString() });
  }

  /* The next one in hand, at once; or wait for the server to bring it. */
  function advance() {
    const next = ahead.shift();
    if (next) return paint(next);
    isOver = true;
    mark();
    if (status.classList.contains(LOUD) || !navigator.onLine) say(status.dataset.stuck, LOUD);
    return undefined;
  }

  function press(button) {
    const room = screen(), form = room.querySelector("#answer");
    if (isBusy()) return;
    const url = button.getAttribute("formaction");
    if (url) return commit(url, [["token", room.dataset.token]]);
    const isChoice = button.matches(".none, .tie-all");
    if (Form.isSentByEnter(room)) {
      if (isChoice) {
        Form.choose(room, button.value);
        return Draft.keep(room);
      }
      const missing = Form.missing(room, status.dataset);
      if (missing) return say(missing.words, LOUD);
    }
    button.classList.add("picked");
    return commit(form.action, [...new FormData(form), ["answer", room.dataset.choice ?? button.value]]);
  }

  // --- what the server says ----------------------------------------------------------------------------
  const isHere = (token) => !isOver && screen().dataset.token === token;

  function keepAhead(page) {
    const fresh = page.getElementById("ahead")?.content.getElementById("rating");
    const kept = ahead.filter((room) => room.wasShown);
    const token = fresh?.dataset.token;
    if (!fresh || isHere(token) || Queue.holds(token) || kept.some((room) => room.dataset.token === token)) {
      ahead = kept;
      return;
    }
    const known = ahead.find((room) => room.dataset.token === token);
    ahead = [...kept, known ?? prepare(document.adoptNode(fresh))];
  }

  function putBack() {
    if (!isOver && screen().dataset.token) ahead.unshift(screen());
  }

  function answered(page, code, entry) {
    const saved = page.getElementById("saved"), fresh = page.getElementById("rating");
    if (!saved && !fresh) { // closed, or stored but not known here: said once all is sent
      farewell = page.getElementById("sorry");
      return undefined;
    }
    keepAhead(page);
    if (code >= 400) {
      if (!isHere(entry.token)) putBack();
      if (code === 409) Draft.forget(entry.token); // what is stored is shown, and not what was meant
      if (fresh.dataset.token === entry.token) return bring(fresh);
    } else {
      Draft.forget(entry.token);
      Clock.forget(entry.token);
    }
    const said = saved ?? fresh;
    if (fresh && !Queue.holds(fresh.dataset.token) && !(fresh.dataset.token && isHere(fresh.dataset.token))) {
      return bring(fresh);
    }
    count(said.dataset);
    if (isOver && ahead.length) advance();
    return say(said.dataset.said, SAVED);
  }

  function speak() {
    Queue.letGo();
    location.replace(`${home}?begin`);
  }

  function part(words) {
    isOver = true;
    ahead = [];
    const room = screen();
    delete room.dataset.token;
    room.replaceChildren(words);
    room.setAttribute("aria-busy", "false");
    scrollTo(0, 0);
  }

  function bring(fresh) {
    const needsKeys = fresh.dataset.protocol && !document.getElementById("keys");
    if (needsKeys) return speak();
    paint(prepare(document.adoptNode(fresh)));
    return say(fresh.dataset.said, SAVED);
  }

  /* Given up: the triple is still the rater's own, and is asked of them once more. */
  function refused() {
    notice = status.dataset.aside;
    if (!isOver) warn(screen());
  }

  function warn(room) {
    if (!notice) return;
    const line = document.createElement("p");
    line.className = "message";
    line.role = "alert";
    line.textContent = notice;
    room.prepend(line);
    notice = "";
  }

  function troubled(kind) {
    if (kind === "unknown") return speak(); // kept, until the link has been opened again
    return say(status.dataset[isOver && kind === "waiting" ? "stuck" : kind], LOUD);
  }

  /* All is sent. What was asked for meanwhile comes now; and if nothing is in hand, something should. */
  function emptied() {
    if (status.classList.contains(LOUD)) say("");
    if (farewell) return part(farewell);
    const url = wanted || (isOver && !isLoading ? `${home}?begin` : "");
    wanted = "";
    return url && load(url);
  }

  async function load(url) {
    if (isLoading) return;
    if (!Queue.isEmpty()) {
      wanted = url;
      return;
    }
    isLoading = true;
    mark();
    try {
      const response = await fetch(url, { headers: { "X-Fragment": "1" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.getElementById("rating");
      if (!fresh) return speak();
      isLoading = false;
      if (isHere(fresh.dataset.token) && !("revise" in fresh.dataset)) {
        screen().dataset.lease = fresh.dataset.lease;
        keepAhead(page);
        return mark();
      }
      if ("revise" in fresh.dataset) putBack();
      else keepAhead(page);
      return bring(fresh);
    } catch {
      isLoading = false;
      mark();
      return say(status.dataset.offline, LOUD);
    }
  }

  function undo(link) {
    if (isBusy()) return;
    const isKept = "revise" in screen().dataset && ahead[0]?.wasShown;
    if (!isKept) return load(link.href);
    say(""); // what was said belongs to the other one, and hides the count
    return paint(ahead.shift());
  }

  addEventListener("resize", () => measure(screen()));
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // --- beginning ---------------------------------------------------------------------------------------
  function start() {
    const isPassing = location.pathname !== home || new URLSearchParams(location.search).has("late");
    if (isPassing) history.replaceState(null, "", `${home}?begin`); // so that a reload only looks
    Lease.start({
      home,
      tokens: () => inHand().map((room) => room.dataset.token),
      unseen: () => ahead.find((room) => !room.wasShown)?.dataset.token,
      seconds: () => Number(screen().dataset.lease) || 0,
      lost,
    });
    prepare(screen());
    keepAhead(document);
    document.getElementById("ahead")?.remove();
    if (screen().hasDraft) say(status.dataset.draft);
    if (Queue.holds(screen().dataset.token)) advance(); // answered before a reload or a crash
    else shown(screen());
    Queue.start({ answered, emptied, refused, troubled, showing });
  }

  /* What is kept for the rater by this page: what is answered, or answered anew, needs no lease. */
  function inHand() {
    const rooms = [...(isOver ? [] : [screen()]), ...ahead];
    return rooms.filter(({ dataset }) => dataset.token && !("revise" in dataset));
  }

  /* Something is in hand no longer. An answer that is being changed stays on the screen. */
  function lost() {
    if ("revise" in screen().dataset) ahead = [];
    else load(`${home}?begin`);
  }

  /* What the rater has in hand by now, as far as this page knows. */
  function showing() {
    const isAside = isOver || "revise" in screen().dataset;
    return isAside ? ahead[0]?.dataset.token : screen().dataset.token;
  }

  return {
    screen, say, press, commit, undo, start,
    words: status.dataset,
    isShut: () => isOver || isLoading,
    hasSettled: () => performance.now() - painted >= SETTLE_MS,
    hush() { if (status.classList.contains(LOUD) && Queue.isEmpty()) say(""); },
  };
})();

Room.start();
