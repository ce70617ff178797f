#!/usr/bin/python3
"""novnc.py PROFILE PORT PORT: do both websockifys lead noVNC to the same picture? For vnc.sh."""
import asyncio
import sys

from browser import Browser

# What is in a canvas, unless all of it is black.
SCREENS = """Promise.all(%s.map(async (port) => {
  const RFB = (await import("/core/rfb.js")).default;
  const place = document.body.appendChild(document.createElement("div"));
  new RFB(place, `ws://127.0.0.1:${port}/websockify`, { shared: true });
  return place;
})).then((places) => { window.places = places; })"""
SAME = """(() => {
  const pictures = places.map((place) => {
    const canvas = place.querySelector("canvas");
    if (!canvas || canvas.width < 400) return [];
    return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  });
  const [without, through] = pictures;
  return without.length > 0 && without.length === through.length &&
    without.some((byte, at) => at % 4 < 3 && byte > 0) && without.every((byte, at) => byte === through[at]);
})()"""


async def main(profile, *ports):
    async with Browser(profile) as browser:
        page = await browser.open(f"http://127.0.0.1:{ports[0]}/vendor/")
        await page.run(SCREENS % list(map(int, ports)))
        await page.until(SAME)


asyncio.run(main(*sys.argv[1:]))
