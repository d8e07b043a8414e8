"""Finds a running server as Home Assistant does, with the packages `zeroconf` and `wyoming` themselves, asks it what it
is, and then waits until it is withdrawn.

    tests/clients/install.sh
    pocket-tts serve --wyoming 0.0.0.0:10200 --wyoming-zeroconf NAME &
    target/clients/venv/bin/python zeroconf_client.py NAME        (then end the server)
"""

import asyncio
import ipaddress
import sys

from wyoming.client import AsyncClient
from wyoming.info import Describe, Info
from zeroconf import IPVersion, ServiceStateChange
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

SERVICE_TYPE = "_wyoming._tcp.local."
TIMEOUT_S = 60


async def describe(host, port):
    """What the server says of itself."""
    async with AsyncClient.from_uri(f"tcp://{host}:{port}") as client:
        await client.write_event(Describe().event())
        while True:
            event = await client.read_event()
            assert event is not None, "the server closed the connection"
            if Info.is_type(event.type):
                return Info.from_event(event)


async def main(name):
    full_name = f"{name}.{SERVICE_TYPE}"
    found, gone = asyncio.Event(), asyncio.Event()

    def changed(zeroconf, service_type, name, state_change):
        if name == full_name:
            (gone if state_change is ServiceStateChange.Removed else found).set()

    async with AsyncZeroconf() as network:
        browser = AsyncServiceBrowser(network.zeroconf, SERVICE_TYPE, handlers=[changed])
        await asyncio.wait_for(found.wait(), TIMEOUT_S)
        service = AsyncServiceInfo(SERVICE_TYPE, full_name)
        assert await service.async_request(network.zeroconf, TIMEOUT_S * 1000), "it was found and can't be resolved"
        addresses = service.ip_addresses_by_version(IPVersion.V4Only)
        assert addresses and not any(address.is_loopback for address in addresses), addresses
        assert not service.ip_addresses_by_version(IPVersion.V6Only), "it listens on IPv4 only"
        assert service.decoded_properties["program"] == "pocket-tts" and service.decoded_properties["version"]
        for address in addresses:
            info = await asyncio.wait_for(describe(ipaddress.ip_address(address), service.port), TIMEOUT_S)
            assert [program.name for program in info.tts] == ["pocket-tts"] and info.tts[0].installed
        print("found at port", service.port, flush=True)
        await asyncio.wait_for(gone.wait(), TIMEOUT_S)
        await browser.async_cancel()
    print("withdrawn", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
