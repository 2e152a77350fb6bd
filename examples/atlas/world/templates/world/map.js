// The map: every city a dot in the Equal Earth projection, drawn as its line of the data arrives.

const canvas = document.getElementById("map");
const context = canvas.getContext("2d");
const root = document.documentElement;
const tip = document.getElementById("tip");
const statusLine = document.getElementById("status");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const number = new Intl.NumberFormat("en");
const regions = new Intl.DisplayNames(["en"], { type: "region", fallback: "code" });

const CENTRE = 11; // this meridian in the middle cuts no land apart but Antarctica
const EDGE = { x: 2.7066, y: 1.3173 }; // half of the projected world's width and height
const STEPS = [3e4, 1e5, 3e5, 1e6, 3e6, 1e7]; // people: a larger dot from each on
const RADII = [0.75, 1, 1.5, 2.3, 3.6, 5.4, 7.5];
const CLOSEST = 160;

const cities = []; // the largest first, as they come
const byId = new Map();
let marks = []; // what the search has found
let chosen = null;
let view = { x: 0, y: 0.04, zoom: 1 };
let size = { width: 1, height: 1, scale: 1, x: 0, y: 0 }; // x, y: the middle of the free part
let cover = { left: 0, bottom: 0 }; // what the search results cover
let sprites = [];
let colours = {};
let frame = 0;
let flight = 0;

function project(latitude, longitude) {
  const turned = ((((longitude - CENTRE + 540) % 360) + 360) % 360) - 180;
  const t = Math.asin((Math.sqrt(3) / 2) * Math.sin((latitude * Math.PI) / 180));
  const t2 = t * t, t6 = t2 * t2 * t2;
  const slope = 1.340264 - 0.243318 * t2 + t6 * (0.006251 + 0.034164 * t2);
  const x = (2 * Math.sqrt(3) * ((turned * Math.PI) / 180) * Math.cos(t)) / (3 * slope);
  return { x, y: -t * (1.340264 - 0.081106 * t2 + t6 * (0.000893 + 0.003796 * t2)) };
}

function scaleNow() { return size.scale * view.zoom; }
function toScreen(point) {
  const k = scaleNow();
  return [(point.x - view.x) * k + size.x, (point.y - view.y) * k + size.y];
}

// ---------------------------------------------------------------- drawing

function readColours() {
  const style = getComputedStyle(root);
  for (const name of ["sea", "line", "ink", "soft", "dot", "dot-big", "mark", "halo"]) {
    colours[name] = style.getPropertyValue("--" + name).trim();
  }
  colours.glow = root.dataset.theme === "dark";
}

// One small picture for each size of dot: 34,006 copies are quicker than as many arcs.
function makeSprites() {
  const ratio = devicePixelRatio || 1;
  const growth = Math.pow(view.zoom, 0.42) * Math.max(0.8, Math.min(1.3, size.scale / 230));
  sprites = RADII.map((radius, step) => {
    const r = radius * growth * (colours.glow ? 1 : 0.92);
    const reach = colours.glow ? r * 2.6 + 1 : r + 1;
    const picture = document.createElement("canvas");
    picture.width = picture.height = Math.ceil(reach * 2 * ratio);
    const pen = picture.getContext("2d");
    pen.scale(picture.width / (reach * 2), picture.width / (reach * 2));
    const tint = step > 3 ? colours["dot-big"] : colours.dot;
    if (colours.glow) {
      const light = pen.createRadialGradient(reach, reach, 0, reach, reach, reach);
      const power = 0.38 + step * 0.1; // the many small ones would else drown the large
      light.addColorStop(0, `rgba(${tint}, ${power})`);
      light.addColorStop(0.3, `rgba(${tint}, ${power * 0.55})`);
      light.addColorStop(0.5, `rgba(${colours.dot}, ${power * 0.1})`);
      light.addColorStop(1, `rgba(${colours.dot}, 0)`);
      pen.fillStyle = light;
      pen.fillRect(0, 0, reach * 2, reach * 2);
    } else {
      pen.fillStyle = `rgba(${tint}, ${0.42 + step * 0.05})`;
      pen.beginPath();
      pen.arc(reach, reach, r, 0, 7);
      pen.fill();
    }
    return { picture, reach };
  });
}

function drawGlobe() {
  const line = (points) => {
    context.beginPath();
    points.forEach((point, i) => {
      const [x, y] = toScreen(project(...point));
      i ? context.lineTo(x, y) : context.moveTo(x, y);
    });
  };
  const range = (from, to, step) => Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => from + i * step);
  const west = CENTRE - 179.999, east = CENTRE + 179.999;
  line([...range(-90, 90, 3).map((lat) => [lat, west]), ...range(-90, 90, 3).reverse().map((lat) => [lat, east])]);
  context.closePath();
  context.fillStyle = colours.sea;
  context.fill();
  context.strokeStyle = colours.line;
  context.lineWidth = 1;
  context.stroke();
  context.lineWidth = 0.6;
  for (const lon of range(-150, 180, 30)) { line(range(-90, 90, 3).map((lat) => [lat, lon])); context.stroke(); }
  for (const lat of range(-60, 60, 30)) { line(range(west, east, 4).map((lon) => [lat, lon])); context.stroke(); }
}

function drawCities() {
  context.globalCompositeOperation = colours.glow ? "screen" : "source-over";
  context.globalAlpha = marks.length ? 0.55 : 1;
  const k = scaleNow(), left = size.x - view.x * k, top = size.y - view.y * k;
  for (let i = cities.length - 1; i >= 0; i--) {
    const city = cities[i], { picture, reach } = sprites[city.step];
    const x = city.x * k + left, y = city.y * k + top;
    if (x < -reach || y < -reach || x > size.width + reach || y > size.height + reach) continue;
    context.drawImage(picture, x - reach, y - reach, reach * 2, reach * 2);
  }
  context.globalCompositeOperation = "source-over";
  context.globalAlpha = 1;
}

// Names of the largest cities in sight, as many as have room.
function drawLabels() {
  const taken = [];
  const free = (box) => taken.every((t) => box[2] < t[0] || box[0] > t[2] || box[3] < t[1] || box[1] > t[3]);
  const label = (city, colour, weight) => {
    const [x, y] = toScreen(city);
    if (x < 0 || y < 0 || x > size.width || y > size.height) return false;
    context.font = `${weight} ${weight > 500 ? 12.5 : 11.5}px system-ui, "Noto Sans", "DejaVu Sans", sans-serif`;
    const gap = sprites[city.step].reach * (colours.glow ? 0.45 : 1) + 3;
    const box = [x + gap - 2, y - 9, x + gap + context.measureText(city.name).width + 4, y + 8];
    if (!free(box)) return false;
    taken.push(box);
    context.lineWidth = 3.5;
    context.lineJoin = "round";
    context.strokeStyle = colours.halo;
    context.strokeText(city.name, x + gap, y + 0.5);
    context.fillStyle = colour;
    context.fillText(city.name, x + gap, y + 0.5);
    return true;
  };
  context.textBaseline = "middle";
  if (chosen) label(chosen, colours.mark, 700);
  for (const city of marks) if (city !== chosen) label(city, colours.ink, 600);
  const room = marks.length ? 0 : Math.min(70, Math.round((size.width * size.height) / 45000) + 4);
  for (let i = 0, done = 0; i < Math.min(cities.length, 6000) && done < room; i++) {
    if (cities[i] !== chosen && label(cities[i], colours.soft, 400)) done++;
  }
}

function drawMarks() {
  for (const city of marks) ring(city, city === chosen ? 9 : 5.5);
  if (chosen && !marks.includes(chosen)) ring(chosen, 9);
}

function ring(city, radius) {
  const [x, y] = toScreen(city);
  context.beginPath();
  context.arc(x, y, radius, 0, 7);
  context.lineWidth = 5;
  context.strokeStyle = colours.halo;
  context.stroke();
  context.lineWidth = 2;
  context.strokeStyle = colours.mark;
  context.stroke();
  context.beginPath();
  context.arc(x, y, 2, 0, 7);
  context.fillStyle = colours.mark;
  context.fill();
}

function draw() {
  cancelAnimationFrame(frame);
  frame = 0;
  const ratio = devicePixelRatio || 1;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, size.width, size.height);
  makeSprites();
  drawGlobe();
  drawCities();
  drawMarks();
  drawLabels();
  canvas.dataset.cities = cities.length;
  canvas.dataset.marks = marks.length;
}

function redraw() { frame ||= requestAnimationFrame(draw); }

function resize() {
  const box = canvas.getBoundingClientRect(), ratio = devicePixelRatio || 1;
  canvas.width = Math.round(box.width * ratio);
  canvas.height = Math.round(box.height * ratio);
  const margin = box.width > 760 ? 24 : 8;
  const free = { width: box.width - cover.left, height: box.height - cover.bottom };
  const fit = Math.min((free.width - margin) / (EDGE.x * 2), (free.height - 40) / (EDGE.y * 2));
  size = {
    width: box.width, height: box.height, scale: Math.max(fit, 10),
    x: cover.left + free.width / 2, y: free.height / 2,
  };
  draw(); // now: a canvas of a new size is empty, and would flicker until the next frame
}

// ---------------------------------------------------------------- moving

function clampView() {
  view.zoom = Math.min(CLOSEST, Math.max(1, view.zoom));
  view.x = Math.min(EDGE.x, Math.max(-EDGE.x, view.x));
  view.y = Math.min(EDGE.y, Math.max(-EDGE.y, view.y));
  tip.hidden = true;
  redraw();
}

function zoomBy(factor, x = size.x, y = size.y) {
  const before = scaleNow();
  cancelAnimationFrame(flight);
  view.zoom = Math.min(CLOSEST, Math.max(1, view.zoom * factor));
  const shift = 1 / before - 1 / scaleNow();
  view.x += (x - size.x) * shift;
  view.y += (y - size.y) * shift;
  clampView();
}

function panBy(x, y) {
  cancelAnimationFrame(flight);
  view.x -= x / scaleNow();
  view.y -= y / scaleNow();
  clampView();
}

function flyTo(target) {
  cancelAnimationFrame(flight);
  if (calm.matches) { view = target; clampView(); return; }
  const from = { ...view }, start = performance.now();
  const step = (now) => {
    const t = Math.min(1, (now - start) / 700), s = t * t * (3 - 2 * t);
    view.zoom = from.zoom * Math.pow(target.zoom / from.zoom, s);
    // Move at the pace of the zoom, so that the target does not leave the window on the way.
    const m = Math.abs(target.zoom - from.zoom) < 1e-6 ? s : (1 / from.zoom - 1 / view.zoom) / (1 / from.zoom - 1 / target.zoom);
    view.x = from.x + (target.x - from.x) * m;
    view.y = from.y + (target.y - from.y) * m;
    clampView();
    if (t < 1) flight = requestAnimationFrame(step);
  };
  flight = requestAnimationFrame(step);
}

function showWorld() { flyTo({ x: 0, y: 0.04, zoom: 1 }); }
function showCity(city) { flyTo({ x: city.x, y: city.y, zoom: Math.max(view.zoom, 9) }); }

function nearest(x, y, reach = 10) {
  let best = null, least = reach * reach;
  const k = scaleNow(), left = size.x - view.x * k, top = size.y - view.y * k;
  for (const city of cities) {
    const dx = city.x * k + left - x, dy = city.y * k + top - y, far = dx * dx + dy * dy;
    if (far < least) { least = far; best = city; }
  }
  return best;
}

function showTip(city, x, y) {
  canvas.classList.toggle("over", Boolean(city));
  tip.hidden = !city;
  if (!city) return;
  const rest = document.createElement("span");
  rest.textContent = ` ${regions.of(city.country)} · ${number.format(city.people)}`;
  tip.replaceChildren(city.name, rest);
  const left = Math.min(x + 14, size.width - tip.offsetWidth - 8);
  const top = y + 18 + tip.offsetHeight > size.height ? y - tip.offsetHeight - 10 : y + 18;
  tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}

const pointers = new Map();
let moved = 0;

canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, event);
  if (pointers.size === 1) moved = 0;
});
canvas.addEventListener("pointermove", (event) => {
  const last = pointers.get(event.pointerId);
  if (!last) { showTip(nearest(event.offsetX, event.offsetY), event.offsetX, event.offsetY); return; }
  const dx = event.offsetX - last.offsetX, dy = event.offsetY - last.offsetY;
  moved += Math.abs(dx) + Math.abs(dy);
  canvas.classList.add("drag");
  if (pointers.size === 2) {
    const other = [...pointers.values()].find((pointer) => pointer.pointerId !== event.pointerId);
    const apart = (p) => Math.hypot(p.offsetX - other.offsetX, p.offsetY - other.offsetY) || 1;
    zoomBy(apart(event) / apart(last), (event.offsetX + other.offsetX) / 2, (event.offsetY + other.offsetY) / 2);
    panBy(dx / 2, dy / 2);
  } else {
    panBy(dx, dy);
  }
  pointers.set(event.pointerId, event);
});
for (const type of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(type, (event) => {
    pointers.delete(event.pointerId);
    canvas.classList.remove("drag");
    if (type === "pointerup" && moved < 5 && !pointers.size) {
      const city = nearest(event.offsetX, event.offsetY, 14);
      if (city) canvas.dispatchEvent(new CustomEvent("city", { detail: city }));
    }
  });
}
canvas.addEventListener("pointerleave", () => showTip(null));
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoomBy(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), event.offsetX, event.offsetY);
}, { passive: false });
canvas.addEventListener("dblclick", (event) => zoomBy(2, event.offsetX, event.offsetY));
canvas.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const keys = {
    ArrowLeft: () => panBy(90, 0), ArrowRight: () => panBy(-90, 0), ArrowUp: () => panBy(0, 90), ArrowDown: () => panBy(0, -90),
    "+": () => zoomBy(1.5), "=": () => zoomBy(1.5), "-": () => zoomBy(1 / 1.5), 0: showWorld,
  };
  if (!(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
});
document.getElementById("zoom").addEventListener("click", (event) => {
  const factor = event.target.dataset.zoom;
  if (factor) Number(factor) ? zoomBy(Number(factor)) : showWorld();
});

// ---------------------------------------------------------------- light and dark

function setTheme(theme) {
  root.dataset.theme = theme;
  readColours();
  redraw();
}
const darkness = matchMedia("(prefers-color-scheme: dark)");
darkness.addEventListener("change", () => setTheme(darkness.matches ? "dark" : "light"));
document.getElementById("theme").addEventListener("click", () => setTheme(colours.glow ? "light" : "dark"));

// ---------------------------------------------------------------- the data

function addCity([id, latitude, longitude, people, name, country]) {
  const step = STEPS.findIndex((limit) => people < limit);
  const city = { id, people, name, country, step: step < 0 ? STEPS.length : step, ...project(latitude, longitude) };
  cities.push(city);
  byId.set(id, city);
}

async function loadCities() {
  const response = await fetch("/api/map");
  if (!response.ok) throw new Error(`the server answers ${response.status}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) JSON.parse(line).forEach(addCity);
    statusLine.textContent = `${number.format(cities.length)} cities …`;
    redraw();
  }
  statusLine.textContent = `${number.format(cities.length)} cities`;
  root.dataset.loaded = "true";
  redraw();
}

setTheme(darkness.matches ? "dark" : "light");
new ResizeObserver(resize).observe(canvas);
resize();
const loading = loadCities().catch((error) => {
  statusLine.textContent = `The cities could not be loaded: ${error.message}`;
});
