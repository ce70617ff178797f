#!/usr/bin/python3
"""spice_viewer.py PORT PASSWORD DISC: a SPICE client that redirects a device of its own, a disc, by one usbredir channel.

It is spice-gtk's, as spicy and remote-viewer, but those keep all channels. For spice-client.sh.
"""
import signal
import sys

import gi

gi.require_version("SpiceClientGLib", "2.0")
from gi.repository import GLib, GObject, SpiceClientGLib as Spice  # noqa: E402

ALL_DEVICES = "-1,-1,-1,-1,1"


class Viewer:
    def __init__(self, port, password, disc):
        self.loop = GLib.MainLoop()
        self.kept = None
        self.session = Spice.Session(uri=f"spice://127.0.0.1:{port}", password=password)
        usb = Spice.UsbDeviceManager.get(self.session)
        usb.props.redirect_on_connect = ALL_DEVICES
        usb.create_shared_cd_device(disc)
        # Session.connect() is another one.
        GObject.Object.connect(usb, "device-error", lambda _, device, error: sys.exit(error.message))
        GObject.Object.connect(self.session, "channel-new", self.channel_new)
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, self.leave)

    def channel_new(self, _, channel):
        if not isinstance(channel, Spice.UsbredirChannel):
            return
        # spice-gtk gives its first device to the first channel.
        self.kept = self.kept or channel
        GObject.Object.connect(channel, "channel-event", self.channel_event)

    def channel_event(self, channel, event):
        if event == Spice.ChannelEvent.OPENED and channel != self.kept:
            channel.disconnect(Spice.ChannelEvent.NONE)

    def leave(self):
        self.session.disconnect()
        GLib.idle_add(self.loop.quit, priority=GLib.PRIORITY_LOW)

    def connect(self):
        # A server tells a client of these channels if it is alone, and knows of the last one for a moment.
        if self.kept is None:
            self.session.connect()
        return self.kept is None

    def run(self):
        self.connect()
        GLib.timeout_add_seconds(5, self.connect)
        self.loop.run()


Viewer(*sys.argv[1:]).run()
