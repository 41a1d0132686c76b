// Saves a writer's draft a moment after they paused, and when the page is left. Everything works
// without it: the button saves too. Knows: the form. Does not know: what is made of a text.

const form = document.getElementById("write");
const area = form.querySelector("textarea");
const status = form.querySelector(".status");
const PAUSE = 1500;
const isDraft = form.querySelector("[name=draft]") !== null; // what is handed in has no draft
let saved = area.value;
let timer = 0;

function draft() {
  const body = new FormData(form);
  body.set("draft", "1");
  return body;
}

async function save() {
  const text = area.value;
  if (text === saved) return;
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: draft(),
      headers: { "X-Fragment": "1" },
    });
    if (!response.ok) throw new Error(String(response.status));
    saved = text;
    status.textContent = status.dataset.saved;
  } catch {
    status.textContent = status.dataset.lost;
  }
}

if (isDraft) {
  area.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) save();
  });
}
