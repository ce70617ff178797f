// Texts that are hard to read, as "TEXT: RATIO", by WCAG 2.2's success criterion 1.4.3: a contrast of 4.5 at least.
// An expression, for tests/interop/inspect_page.py.
(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const paint = (color) => {
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
  };
  const painted = () => [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  const luminance = (color) => {
    const [red, green, blue] = color.map((it) => it / 255).map((it) => (it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ratio = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  // Of a drawing, what lies under a text; of a bar in a cell, the colour of its whole length.
  const under = (text) => {
    let shape = text.previousElementSibling;
    while (shape && !(shape.localName === "rect" && !shape.classList.contains("line"))) shape = shape.previousElementSibling;
    return text.classList.contains("lane") ? [] : [getComputedStyle(shape).fill];
  };
  const layers = (element) => {
    const { backgroundColor, backgroundImage } = getComputedStyle(element);
    return [backgroundColor, backgroundImage.match(/gradient\((.*?\)),/)?.[1]].filter(Boolean);
  };
  const contrast = (element) => {
    const ancestors = [];
    for (let it = element; it; it = it.parentElement) ancestors.unshift(it);
    paint("white");
    for (const color of ancestors.flatMap(layers)) paint(color);
    const drawn = element.localName === "text";
    if (drawn) under(element).forEach(paint);
    const background = painted();
    const style = getComputedStyle(element);
    paint(drawn ? style.fill : style.color);
    return ratio(painted(), background);
  };
  const shows = (element) => [...element.childNodes].some((it) => it.nodeType === Node.TEXT_NODE && /[\p{L}\p{N}]/u.test(it.data));
  const visible = (element) => element.checkVisibility() && !element.disabled && !element.closest("option, .head");
  const texts = [...document.body.querySelectorAll("*")].filter((it) => shows(it) && visible(it));
  if (texts.length < 10) return ["there are no texts"];
  return texts.map((it) => [it, contrast(it)]).filter(([, found]) => found < 4.5)
    .map(([it, found]) => `${it.className.baseVal ?? it.className} ${it.textContent.slice(0, 30)}: ${found.toFixed(2)}`);
})()
