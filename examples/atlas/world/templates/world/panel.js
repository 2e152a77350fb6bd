// The search box with its results, and the card of one city.

const form = document.getElementById("search");
const box = document.getElementById("q");
const found = document.getElementById("found");
const list = document.getElementById("results");
const count = document.getElementById("count");
const card = document.getElementById("card");
let asked = 0;
let wait = 0;

function element(tag, text = "", attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// The part of a name that was searched for, marked.
function marked(tag, name, text) {
  const at = name.toLowerCase().indexOf(text.toLowerCase());
  const made = element(tag);
  if (at < 0 || name.toLowerCase().length !== name.length) { made.textContent = name; return made; }
  made.append(name.slice(0, at), element("mark", name.slice(at, at + text.length)), name.slice(at + text.length));
  return made;
}

function option(city, text) {
  const made = element("li", "", { role: "option", id: `city-${city.id}`, "data-id": city.id, "aria-selected": "false" });
  made.append(marked("b", city.name, text), element("span", number.format(city.population), { class: "people" }));
  const line = element("small", city.country.name);
  if (city.also_called && !city.name.toLowerCase().includes(text.toLowerCase())) {
    line.append(" · also ", marked("span", city.also_called, text));
  }
  made.append(line);
  return made;
}

async function search(text) {
  const turn = ++asked;
  const address = text ? `?q=${encodeURIComponent(text)}` : location.pathname;
  history.replaceState(null, "", address + location.hash);
  if (!text) { showResults({ total: 0, cities: [] }, ""); showPanel(false); return; }
  try {
    const response = await fetch(`/api/search?limit=50&q=${encodeURIComponent(text)}`);
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    const answer = await response.json();
    await loading;
    if (turn === asked) showResults(answer, text);
  } catch (error) {
    if (turn !== asked) return;
    showPanel(true);
    count.textContent = `The search failed: ${error.message}`;
  }
}

// The map makes room for the results.
function showPanel(open) {
  found.hidden = !open;
  const below = innerWidth <= 760;
  cover = {
    left: open && !below ? found.offsetLeft + found.offsetWidth : 0,
    bottom: open && below ? found.offsetHeight : 0,
  };
  resize();
}

function showResults({ total, cities: results }, text) {
  list.replaceChildren(...results.map((city) => option(city, text)));
  list.scrollTop = 0;
  showPanel(true);
  const shown = total > results.length ? `, the first ${results.length} shown` : "";
  count.textContent = total ? `${number.format(total)} ${total === 1 ? "city" : "cities"}${shown}` : `No city is called “${text}”.`;
  marks = results.map((city) => byId.get(city.id)).filter(Boolean);
  box.setAttribute("aria-expanded", String(results.length > 0));
  box.removeAttribute("aria-activedescendant");
  redraw();
}

function select(item) {
  for (const other of list.children) other.setAttribute("aria-selected", String(other === item));
  item ? box.setAttribute("aria-activedescendant", item.id) : box.removeAttribute("aria-activedescendant");
  chosen = item ? byId.get(Number(item.dataset.id)) : null;
  item?.scrollIntoView({ block: "nearest" });
  redraw();
}

function step(by) {
  const items = [...list.children];
  if (!items.length) return;
  const at = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
  select(items[(at + by + items.length + (at < 0 && by < 0 ? 1 : 0)) % items.length]);
}

async function openCity(id) {
  const city = byId.get(Number(id));
  chosen = city ?? null;
  history.replaceState(null, "", `#${id}`);
  if (city) showCity(city);
  try {
    const [about, land] = await Promise.all([
      fetch(`/api/cities/${id}`).then((response) => response.json()),
      city ? fetch(`/api/countries/${city.country}`).then((response) => response.json()) : null,
    ]);
    fillCard(about, land);
  } catch (error) {
    card.replaceChildren(element("p", `The city could not be loaded: ${error.message}`), closeButton());
  }
  card.hidden = false;
  redraw();
}

function closeButton() {
  const button = element("button", "✕", { type: "button", class: "close", "aria-label": "Close" });
  button.addEventListener("click", closeCard);
  return button;
}

function closeCard() {
  card.hidden = true;
  chosen = null;
  history.replaceState(null, "", location.pathname + location.search);
  redraw();
}

function fillCard(about, land) {
  const title = element("h2", about.name);
  if (about.capital) title.append(element("span", "capital", { class: "capital" }));
  const facts = element("dl");
  const clock = new Intl.DateTimeFormat("en", { timeZone: about.time_zone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const degrees = (value, ways) => `${Math.abs(value).toFixed(2)}° ${ways[value < 0 ? 1 : 0]}`;
  for (const [name, value] of [
    ["People", number.format(about.population)],
    ["Place", `${degrees(about.latitude, "NS")}, ${degrees(about.longitude, "EW")}`],
    ["Time there", clock.format(new Date())],
    ["Time zone", about.time_zone.replaceAll("_", " ")],
  ]) facts.append(element("dt", name), element("dd", value));
  card.replaceChildren(closeButton(), title, element("p", `${about.country.name}, ${about.continent}`, { class: "where" }), facts);
  if (land?.neighbours?.length) {
    card.append(element("h3", `${land.name} is beside`), element("p", land.neighbours.map((one) => one.name).join(", ")));
  }
  if (about.alternate_names.length) {
    const names = about.alternate_names, more = names.length > 24 ? ` and ${names.length - 24} more` : "";
    card.append(element("h3", "Also called"), element("p", names.slice(0, 24).join(" · ") + more));
  }
}

box.addEventListener("input", () => {
  clearTimeout(wait);
  wait = setTimeout(() => search(box.value.trim()), 140);
});
box.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    step(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Escape") {
    box.value = "";
    closeCard();
    search("");
  }
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const item = list.querySelector('[aria-selected="true"]') ?? list.firstElementChild;
  if (item) { select(item); openCity(item.dataset.id); }
});
list.addEventListener("click", (event) => {
  const item = event.target.closest("li");
  if (item) { select(item); openCity(item.dataset.id); }
});
canvas.addEventListener("city", (event) => openCity(event.detail.id));
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== box) {
    event.preventDefault();
    box.focus();
  } else if (event.key === "Escape" && document.activeElement !== box) {
    closeCard();
  }
});

const first = new URLSearchParams(location.search).get("q")?.trim();
if (first) {
  box.value = first;
  search(first);
}
const linked = location.hash.slice(1);
if (/^\d+$/.test(linked)) loading.then(() => openCity(linked));
