#!/usr/bin/python3
"""inspect_page.py PROFILE URL READERS-URL SERVICE-URL [PICTURES]: what the pages of the inspector have to do, for inspect.sh.

axe-core 4.14 found nothing in the states that are_readable() has, but for what it cannot decide; it is in no Debian
package. What it had found before is asserted here.
"""
import asyncio
import base64
import http.client
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

from browser import Browser

ROWS = "document.querySelectorAll('#window .row').length"
MANY = 100_000
WINDOW = 1400, 800  # pixels
PHONE = 390, 700


def check(fine, what):
    if not fine:
        sys.exit(f"FAILED: {what}")


def status(url, path, method="GET", **headers):
    """What the program answers to somebody who is not its page."""
    where = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=10)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return connection.getresponse().status


def strangers_are_refused(url):
    where = urllib.parse.urlsplit(url)
    token = f"Bearer {where.fragment}"
    check(status(url, "/readers", Authorization=token) == 200, "the token counts")
    check(status(url, "/readers") == 401, "no token")
    check(status(url, "/lines?from=0", Authorization="Bearer " + "0" * 32) == 401, "a wrong token")
    foreign = "http://attacker.example"
    check(status(url, "/readers", Authorization=token, Origin=foreign) == 403, "a foreign Origin")
    check(status(url, "/", Host="attacker.example") == 403, "a foreign Host")
    check(status(url, "/command", "POST", Authorization=token) == 403, "no command")


async def shows_what_has_passed(page):
    await page.until("document.body.textContent.includes('GENERAL AUTHENTICATE')")
    check(await page.run("document.getElementById('state').textContent") == "live", "it is live")
    check(await page.run("location.hash") == "", "the token is not in the address")
    text = await page.run("document.body.innerText")
    for expected in ("alice", "key 9a, authentication", "tries left: 2", "inserted"):
        check(expected in text, f"it shows {expected}")


async def filters(page, search, some):
    await page.run(f"search.value = {search!r}; search.dispatchEvent(new Event('input', {{bubbles: true}}))")
    await page.until(f"[...document.querySelectorAll('#window .row')].every((row) => row.textContent.includes({some!r})) && {ROWS} > 0")
    check(" of " in await page.run("shown.textContent"), "it counts what it shows")
    await page.run("search.value = ''; search.dispatchEvent(new Event('input', {bubbles: true}))")


async def chooses(page):
    """Rows by card and by outcome."""
    choose = "(() => {{ const it = document.getElementById('{}'); it.value = '{}'; it.dispatchEvent(new Event('input', {{bubbles: true}})); }})()"
    for outcome, text in (("failed", "tries left: 2"), ("fine", "success"), ("event", "inserted")):
        await page.run(choose.format("outcome", outcome))
        await page.until(f"{ROWS} > 0 && [...document.querySelectorAll('#window .row')].every((row) => row.classList.contains('{outcome}'))")
        await page.until(f"document.getElementById('window').innerText.includes('{text}')")
    await page.run(choose.format("outcome", ""))
    check(await page.run("[...who.options].map((it) => it.value).join()") == ",alice", "each card can be chosen")
    await page.run(choose.format("who", "alice"))
    await page.until(f"{ROWS} > 0 && [...document.querySelectorAll('#window .row .who')].every((it) => it.textContent === 'alice')")
    await page.run(choose.format("who", ""))


async def says_who_asked(page, pattern):
    await page.until(f"[...document.querySelectorAll('#window .apdu .by')].some((it) => /{pattern}/.test(it.textContent))")
    await page.run("[...document.querySelectorAll('#window .apdu')].at(-1).click()")
    await page.until(f"/asked by\\s+{pattern}/.test(detail.innerText)")
    await page.run("document.querySelector('.close').click()")


async def pauses(page):
    """What comes meanwhile is counted, and is shown afterwards."""
    number = "parseInt(document.querySelector('{}').textContent.replace(/[^0-9]/g, ''))"
    rows, commands = number.format("#shown"), number.format("#counters .commands dd")
    await page.run("pause.click()")
    check(await page.run("state.textContent") == "paused", "it says that it is paused")
    before = await page.run(commands)
    # In a pause, "12 of 34 rows" are shown.
    shown = "parseInt(document.getElementById('shown').textContent.split(' of ')[0].replace(/[^0-9]/g, ''))"
    held = await page.run(shown)
    subprocess.run(["opensc-tool", "--name"], capture_output=True, check=False)
    await page.until(f"{commands} > {before}")
    check(await page.run(shown) == held, "no row comes in a pause")
    await page.run("pause.click()")
    await page.until(f"{rows} > {held} && !document.getElementById('shown').textContent.includes(' of ')")
    check(await page.run("state.textContent") == "live", "it goes on")


async def opens(page, text):
    """The last row with this text."""
    row = f"[...document.querySelectorAll('#window .row')].filter((row) => row.textContent.includes({text!r})).at(-1)"
    await page.until(f"{row}?.click() ?? Boolean({row})")
    await page.until("!detail.hidden")
    return await page.run("detail.innerText")


async def shows_bytes(page):
    pin = os.environ["PIN"]
    verify = await opens(page, "VERIFY")
    check("••" in verify, "a PIN is dots")
    html = await page.run("document.documentElement.outerHTML")
    for secret in (pin, pin.encode().hex(" "), pin.encode().hex()):
        check(secret not in html, f"a PIN is shown: {html.partition(secret)[0][-200:]}")
    # A share of 1/81 is 0.012345679012345678: a PIN to who looks for one.
    long = re.search(r".{40}\.[0-9]{5}", html)
    check(not long, f"a number has more digits than anybody sees: {long and long[0]}")
    await page.run("search.value = 'certificate 9a 9000'; search.dispatchEvent(new Event('input', {bubbles: true}))")
    certificate = await opens(page, "certificate 9a")
    for expected in ("SEQUENCE", "certificate info", "PrintableString"):
        check(expected in certificate or expected != "SEQUENCE", f"the tree has {expected}")
    check("SEQUENCE" in certificate, f"the tree has no certificate: {certificate[:2000]}")


async def keeps_trees_small(page):
    """Any bytes may come from a card."""
    script = """import("/tlv.js").then(({parseTlv, kMostDepth}) => {
      const depth = (nodes) => nodes ? 1 + Math.max(...nodes.map((node) => depth(node.children))) : 0;
      const deep = Uint8Array.from({length: 240}, (_, i) => i % 2 ? 239 - i : 0x30);
      const golden = parseTlv(Uint8Array.of(0x5f, 0xc1, 0x05, 0x81, 0x02, 0x31, 0x32));
      for (let size = 0; size < 7; ++size) if (parseTlv(Uint8Array.of(0x5f, 0xc1, 0x05, 0x81, 0x02, 0x31, 0x32).subarray(0, size))) return "truncated";
      for (let seed = 1; seed < 20000; ++seed) {
        let state = seed;
        const next = () => (state = (state * 1103515245 + 12345) % 2147483648) >> 16 & 255;
        const tree = parseTlv(Uint8Array.from({length: seed % 64}, next));
        if (depth(tree) > kMostDepth) return "deep";
      }
      return [golden.length, golden[0].tag, golden[0].length, depth(parseTlv(deep)) <= kMostDepth,
              parseTlv(new Uint8Array(200000).fill(0x30)) === undefined, parseTlv(Uint8Array.of(0x30, 0x84, 255, 255, 255, 255)) === undefined].join();
    })"""
    check(await page.run(script) == "1,5fc105,2,true,true,true", await page.run(script))


async def saved(page, button):
    """The file that the page gives its user."""
    script = """new Promise((done) => {
      const create = URL.createObjectURL;
      URL.createObjectURL = (blob) => {
        URL.createObjectURL = create;
        const reader = new FileReader();
        reader.onload = () => done(reader.result.split(",")[1]);
        reader.readAsDataURL(blob);
        return create.call(URL, blob);
      };
      document.getElementById("BUTTON").click();
    })"""
    return base64.b64decode(await page.run(script.replace("BUTTON", button)))


async def saves(page, folder):
    """The files that inspect.sh plays and reads; and golden bytes."""
    for name, button in (("saved.jsonl", "save-recording"), ("saved.pcapng", "save-capture")):
        (folder / name).write_bytes(await saved(page, button))
    script = """import("/recording.js").then(({recordingOf}) => recordingOf([{kind: "apdu", time: 1, end: 2, who: "a",
      name: "VERIFY", command: "0020008000", hidden: {from: 4, bytes: 1}, response: "9000"}], new Map([["a", "3b00"]])).text())"""
    expected = (
        '{"format":"vscard recording","version":1,"time":1,"card":"a","reader":"a","secrets":"blank"}\n'
        '{"time":1,"card":"a","event":"inserted","atr":"3b00"}\n'
        '{"time":1,"card":"a","command":"0020008000","name":"VERIFY","blank":{"from":4,"bytes":1}}\n'
        '{"time":2,"card":"a","response":"9000"}\n'
    )
    check(await page.run(script) == expected, await page.run(script))


async def moves_the_card(page):
    control = os.environ["CTL"].split()
    card_in_reader = {"removed": " No ", "inserted": " Yes "}
    for name, state in (("Remove", "removed"), ("Insert", "inserted")):
        await page.until(f"[...document.querySelectorAll('.readers button')].find((it) => it.textContent.startsWith('{name}'))?.click() ?? true")
        await page.until(f"document.querySelector('.badge').textContent === '{state}'")
        listed = subprocess.run([*control, "list"], capture_output=True, text=True, check=True).stdout
        check(state in listed, f"ctl list says {listed}")
        readers = subprocess.run(["opensc-tool", "--list-readers"], capture_output=True, text=True, check=True).stdout
        check(card_in_reader[state] in readers, f"{state}, and PC/SC says {readers}")
        await page.until(f"[...document.querySelectorAll('#window .event')].some((row) => row.textContent.includes('{state}'))")


async def makes_the_card_misbehave(page):
    control = os.environ["CTL"].split()
    choose = "(() => {{ const it = document.querySelector('.readers select'); it.value = '{}'; it.dispatchEvent(new Event('change')); }})()"
    for choice, listed in (("sw:6982@times=1", "sw:6982@times=1"), ("--clear", "")):
        await page.run(choose.format(choice))
        await page.until("document.querySelector('.readers select').disabled === false")
        faults = subprocess.run([*control, "fault"], capture_output=True, text=True, check=True).stdout
        check(listed in faults and (listed or "sw:6982" not in faults), f"after {choice}, ctl fault says {faults}")
        if listed:
            subprocess.run(["opensc-tool", "--name"], capture_output=True, check=False)
            await filters(page, "fault hits", "sw:6982@times=1 hits the command 00")
    check(await page.run("document.getElementById('problem').hidden"), "there was no problem")


async def has_keys_and_names(page):
    await page.run("document.activeElement.blur()")
    await page.key("/")
    check(await page.run("document.activeElement.id") == "search", "/ searches")
    await page.run("table.focus()")
    await page.key("ArrowUp")
    await page.key("ArrowUp")
    chosen = "document.getElementById(table.getAttribute('aria-activedescendant'))?.getAttribute('aria-selected')"
    check(await page.run(chosen) == "true", "the keyboard chooses a row")
    await page.key("Escape")
    check(await page.run("detail.hidden"), "Escape closes it")
    nameless = "[...document.querySelectorAll('button, input, select, [role=grid], [role=img]')].filter((it) => !(it.textContent || it.ariaLabel)).length"
    check(await page.run(nameless) == 0, "everything has a name")


async def are_readable(page, what):
    """Every text, in each state, in dark and light, on a desk and on a phone."""
    contrast = (pathlib.Path(__file__).parent / "contrast.js").read_text()
    row = "[...document.querySelectorAll('#window {}')].at(-1)?.click()"
    states = {"rows": "1", "bytes": row.format(".apdu"), "an event": row.format(".event"), "a problem": "(problem.textContent = 'a problem', problem.hidden = false)"}
    for scheme in ("light", "dark"):
        for size in (WINDOW, PHONE):
            await page.look(*size, scheme)
            for state, enter in states.items():
                await page.run(enter)
                await page.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
                hard = await page.run(contrast)
                check(not hard, f"{what}, {state}, {scheme}, {size}: hard to read: {hard}")
                scrolling = "[...document.querySelectorAll('.detail *')].filter((it) => it.scrollWidth > it.clientWidth && /auto|scroll/.test(getComputedStyle(it).overflowX) && it.tabIndex < 0).length"
                check(await page.run(scrolling) == 0, f"{state}: the keyboard scrolls everything that scrolls")
            await page.run("problem.hidden = true, document.querySelector('.close')?.click()")
            chosen = "table.getAttribute('aria-activedescendant')"
            check(await page.run(f"{chosen} === null || document.getElementById({chosen}) !== null"), "what is chosen is there")
    await page.look(*WINDOW)


async def scrolls(page):
    """Rows as fast as the card gives them, then through all of them: each frame has to come in time."""
    await page.call("Page.bringToFront")
    ping = await asyncio.create_subprocess_exec(*os.environ["PING"].split(), str(MANY), stdout=subprocess.PIPE)
    said = (await ping.communicate())[0].decode().strip()
    check(ping.returncode == 0, "the card answers")
    # A busy machine may miss some, which the page then says, and takes its time for the others.
    number = "(id) => parseInt(document.querySelector(id)?.textContent.replace(/[^0-9]/g, '') || 0)"
    come = 0
    while come < MANY:
        counted = f"((number) => number('#counters .commands dd') + number('#counters .missed dd'))({number})"
        come = await page.until(f"((counted) => counted > {come} && counted)({counted})")
    rows = await page.run(f"({number})('#shown')")
    check(rows > MANY / 2, f"{rows} rows are there")
    script = f"""(async () => {{
      const frames = [];
      for (let i = 0; i < 60; ++i) {{
        const begin = performance.now();
        table.scrollTop = i * table.scrollHeight / 60;
        await new Promise(requestAnimationFrame);
        frames.push(performance.now() - begin);
      }}
      const begin = performance.now();
      search.value = "no such row";
      search.dispatchEvent(new Event("input", {{bubbles: true}}));
      return [frames.sort((a, b) => a - b)[30], performance.now() - begin, {ROWS}];
    }})()"""
    frame, searched, elements = await page.run(script)
    print(f"   {rows} rows ({said}): half of the frames take {frame:.0f} ms, a search {searched:.0f} ms")
    check(elements < 100, "only what is in view has elements")
    check(frame < 250 and searched < 2000, "scrolling is smooth")


async def draws(page, folder):
    """The pictures of the documentation."""
    folder = pathlib.Path(folder)
    await page.look(*WINDOW)
    await page.picture(folder / "inspect.png")
    await page.run("search.value = 'certificate 9a 9000'; search.dispatchEvent(new Event('input', {bubbles: true}))")
    await opens(page, "certificate 9a")
    await page.look(*WINDOW, "dark")
    await page.picture(folder / "inspect-bytes.png")
    await page.run("document.querySelector('.close').click(); search.value = ''; search.dispatchEvent(new Event('input', {bubbles: true}))")
    await page.look(*PHONE)
    await page.picture(folder / "inspect-phone.png")
    await page.look(*WINDOW)


async def main(profile, url, readers_url, service_url, pictures=None):
    strangers_are_refused(url)
    async with Browser(profile) as browser:
        page = await browser.open(url)
        await page.look(*WINDOW)
        await shows_what_has_passed(page)
        if pictures:
            await draws(page, pictures)
        await filters(page, "verify", "VERIFY")
        await filters(page, "5fc105", "certificate 9a")
        await chooses(page)
        await says_who_asked(page, "unix:.*alice.sock")
        await pauses(page)
        await shows_bytes(page)
        await page.run("document.querySelector('.close').click(); search.value = ''; search.dispatchEvent(new Event('input', {bubbles: true}))")
        await keeps_trees_small(page)
        await saves(page, pathlib.Path(profile).parent)
        await moves_the_card(page)
        await makes_the_card_misbehave(page)
        await has_keys_and_names(page)
        await are_readable(page, "a card")
        readers = await browser.open(readers_url)
        await readers.until("document.querySelector('.readers strong')?.textContent === '<b>x&y</b>'")
        check(await readers.run("document.querySelectorAll('.readers b').length") == 0, "markup is text")
        check(await readers.run("document.querySelectorAll('.readers button').length") == 0, "a reader stays")
        service = await browser.open(service_url)
        await service.until("document.querySelector('.state.live') !== null")
        await filters(service, "general authenticate", "GENERAL AUTHENTICATE")
        await says_who_asked(service, "(opensc-tool|pkcs11-tool) .[0-9]+.")
        await service.until("/vscard alice[^]*client/.test(document.querySelector('.readers').innerText)")
        stranger = await browser.open(url.replace("#", "#0"))
        await stranger.until("document.querySelector('.state.refused') !== null")
        await are_readable(stranger, "refused")
        for each in (page, readers, service, stranger):
            check(await each.run("violations.join()") == "", await each.run("violations.join()"))
        await scrolls(page)


asyncio.run(main(*sys.argv[1:]))
