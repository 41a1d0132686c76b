// A page of a workshop asks every two seconds whether the room has moved on. One small number is the
// answer, or 304 and nothing; only when it changes is the scene itself fetched. Forms are plain forms.

const room = document.getElementById("room");
const lost = document.querySelector("[data-lost]");
const EVERY = 2000;
let failed = 0;

if (room) {
  setTimeout(look, EVERY * Math.random());
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  document.addEventListener("keydown", press);
}

async function look() {
  if (!document.hidden) await ask();
  // Phones that join together do not ask together, and a server in trouble is asked less often.
  if (scene().dataset.stage !== "ended") {
    setTimeout(look, EVERY * (0.75 + Math.random() / 2) * Math.min(2 ** failed, 8));
  }
}

async function ask() {
  try {
    const answer = await fetch(room.dataset.now);
    if (!answer.ok) throw new Error(answer.status);
    const said = JSON.parse(await answer.text());
    const version = typeof said === "number" ? said : said.version;
    for (const count of room.querySelectorAll("[data-count]")) {
      count.textContent = said[count.dataset.count];
    }
    if (String(version) !== scene().dataset.version) await show();
    failed = 0;
  } catch {
    failed = Math.min(failed + 1, 3);
  }
  lost.hidden = failed < 2;
}

async function show() {
  const answer = await fetch(location.pathname, { headers: { "X-Fragment": "1" } });
  if (!answer.ok || answer.redirected) throw new Error(answer.status);
  const made = document.createElement("template");
  made.innerHTML = await answer.text();
  const next = made.content.getElementById("scene");
  if (!next) return location.reload();
  scene().replaceWith(next);
  scrollTo(0, 0);
  next.querySelector("h1").focus({ preventScroll: true });
}

function scene() {
  return document.getElementById("scene");
}

// A presenter's remote control sends the keys of slides.
function press(event) {
  const act = { PageDown: "next", ArrowRight: "next", PageUp: "back", ArrowLeft: "back" }[event.key];
  const button = act && room.querySelector(`[data-press="${act}"]`);
  if (!button || event.repeat || event.target.matches("input, textarea, select")) return;
  event.preventDefault();
  button.click();
}
