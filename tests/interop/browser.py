"""A Chromium without a window, driven by its DevTools protocol, for tests/interop/inspect_page.py."""
import asyncio
import base64
import itertools
import json
import pathlib
import subprocess
import warnings

warnings.simplefilter("ignore", DeprecationWarning)
from websockets.legacy.client import connect  # noqa: E402

PATIENCE = 60  # seconds for any one step: many times what a busy machine needs
# What a page must not do is remembered from its beginning on.
WATCH = """
window.violations = [];
addEventListener("securitypolicyviolation", (it) => violations.push(it.violatedDirective));
addEventListener("error", (it) => violations.push(it.message));
addEventListener("unhandledrejection", (it) => violations.push(String(it.reason)));
"""


class Browser:
    """async with Browser(FOLDER) as browser: FOLDER is its profile, and is empty."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.numbers = itertools.count(1)
        self.answers = {}

    async def __aenter__(self):
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
        options += ["--hide-scrollbars", "--no-first-run", f"--user-data-dir={self.folder}"]
        self.process = await asyncio.create_subprocess_exec("chromium", *options, "about:blank", stderr=subprocess.PIPE)
        address = await asyncio.wait_for(self.address(), PATIENCE)
        self.socket = await connect(address, max_size=None)
        self.tasks = [asyncio.ensure_future(work) for work in (self.listen(), self.process.stderr.read())]
        return self

    async def __aexit__(self, *_):
        await self.socket.close()
        self.process.terminate()
        await self.process.wait()

    async def address(self):
        """Chromium says it, among other things."""
        said = ""
        while line := (await self.process.stderr.readline()).decode():
            if line.startswith("DevTools listening on "):
                return line.split()[-1]
            said += line
        raise RuntimeError("Chromium does not start: " + said)

    async def listen(self):
        async for message in self.socket:
            message = json.loads(message)
            if answer := self.answers.pop(message.get("id"), None):
                answer.set_result(message)

    async def call(self, method, session=None, **parameters):
        number = next(self.numbers)
        self.answers[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": parameters}
        await self.socket.send(json.dumps(message | ({"sessionId": session} if session else {})))
        answer = await asyncio.wait_for(self.answers[number], PATIENCE)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    async def open(self, url):
        target = await self.call("Target.createTarget", url="about:blank")
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page = Page(self, attached["sessionId"])
        await page.call("Page.enable")
        await page.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        await page.call("Page.navigate", url=url)
        await page.until("document.readyState === 'complete'")
        return page


class Page:
    def __init__(self, browser, session):
        self.browser = browser
        self.session = session

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    async def run(self, script):
        """The value of an expression, or of the promise that it is."""
        result = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{script}: {result['exceptionDetails']['exception'].get('description')}")
        return result["result"].get("value")

    async def until(self, script):
        """Waits until the expression is true, and gives its value."""
        look = f"""new Promise((done, fail) => {{
          const last = Date.now() + {PATIENCE - 5}000;
          const look = async () => {{
            const value = await ({script});
            if (value) done(value);
            else if (Date.now() > last) fail(Error("never"));
            else setTimeout(look, 50);
          }};
          look().catch(fail);
        }})"""
        return await self.run(look)

    async def look(self, width, height, scheme="light", scale=1):
        await self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=width < 600)
        await self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    async def key(self, key):
        for kind in ("keyDown", "keyUp"):
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key)

    async def picture(self, file):
        await self.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        shot = await self.call("Page.captureScreenshot", format="png")
        pathlib.Path(file).write_bytes(base64.b64decode(shot["data"]))
