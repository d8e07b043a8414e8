#!/usr/bin/env python3
"""How many listeners servers can have, by a simulation with measured costs.

    simulate.py check costs.json measured.json
    simulate.py plan costs.json [--listeners 1000,1000000] [--first-sound-s 0.5]

A server works in rounds. A round makes one frame of 80 ms for each of its streams, and takes the time that was measured
for that number of streams. A request that finds a free stream is prefilled at once, as nothing is more urgent to the scheduler;
of the streams that have reached their next sentence, one is prefilled each round. Beside other streams a prefill has one
core, so it takes longer than its share of the work, which the round pays for.
Requests go to the server with the fewest open ones, as a balancer with least connections sends them.

`check` simulates clients that send request after request, and compares throughput and first sound with a measured load
(`../peers/serve_load.py`). It fails if a figure is more than 20 % off. `plan` simulates listeners: each listens to a text
in real time, pauses, and requests the next. It finds the most listeners per server for whom the first sound of 99 % of
the requests comes in time, at most one stream of a thousand runs dry, and plans with 80 % of
them. It prints tables in Markdown. Only Python's
standard library is used; the same seed gives the same tables.
"""
import argparse
import heapq
import json
import math
import random
import statistics
import sys
from pathlib import Path

FRAME_S = 0.08
# The time to receive a request and to send the first bytes.
HANDLING_S = 0.005
# Sound that a player keeps before it starts, so that it survives a round that takes longer than others.
PLAYER_BUFFER_S = 0.2
# The most time that a client of `check` takes between two requests. Without it, clients would stay in step.
TURNAROUND_S = 0.02
# How far a figure of `check` may be off.
TOLERANCE = 0.2

# Characters of English that are spoken in a second.
CHARACTERS_PER_S = 15

# Listeners of `plan`: a text has one to six sentences of 2 to 8 s, and a pause of 5 s follows on average.
SENTENCES = (1, 6)
SENTENCE_S = (2.0, 8.0)
PAUSE_S = 5.0
# Servers that are simulated together. More servers behind a balancer only even the load out further.
SERVERS = 8
SIMULATED_S = 300.0
# The share of the most listeners that a plan uses. The rest is for fluctuations and failed servers.
PLANNED = 0.8
# The start, when no server has a load yet, doesn't count.
WARM_UP_S = 60.0


class Request:
    """A text that a client wants to hear."""

    def __init__(self, arrival, sentences, client):
        """`sentences`: frames and characters of each."""
        self.arrival, self.client = arrival, client
        # The characters of the sentence that begins after each number of frames.
        self.starts, self.frames = {}, 0
        for frames, characters in sentences:
            self.starts[self.frames] = characters
            self.frames += frames
        self.made = 0
        # The start of the latest sentence that was prefilled, and when its prefill ends.
        self.prefilled, self.ready_at = -1, 0.0
        self.first = self.last = math.nan
        self.is_dry = False

    def begins_sentence(self):
        """Whether the sentence of the next frame must be prefilled."""
        return self.made in self.starts and self.prefilled != self.made

    def prefill(self, now, s_per_character, slowdown):
        """Prefills the sentence of the next frame; returns the work in seconds of the whole server."""
        self.prefilled = self.made
        work = self.starts[self.made] * s_per_character
        self.ready_at = now + slowdown * work
        return work

    def deliver(self, now):
        """Takes a frame."""
        if self.made == 0:
            self.first = now
        self.is_dry |= now > self.first + PLAYER_BUFFER_S + self.made * FRAME_S
        self.made += 1
        self.last = now

    def first_sound_s(self):
        return self.first - self.arrival + HANDLING_S


class Costs:
    """The times of one precision on one machine."""

    def __init__(self, measured):
        """`measured`: the results of `pocket-tts bench` for each number of streams, and for one stream on one core."""
        self.streams, frames = measured["streams"], measured["frames"]
        walls = [n * frames * FRAME_S / speed for n, speed in zip(self.streams, measured["speed"])]
        # All streams are prefilled before the first round ends.
        firsts = measured["first_sound_s"]
        self.rounds = [(wall - first) / (frames - 1) for wall, first in zip(walls, firsts)]
        prefills = [(first - time) / n for n, first, time in zip(self.streams, firsts, self.rounds)]
        prefill_s = statistics.median(prefills)
        self.prefill_s_per_character = prefill_s / measured["characters"]
        # How much longer a prefill takes on one core.
        alone = measured["one_core"]
        round_s = (frames * FRAME_S / alone["speed"] - alone["first_sound_s"]) / (frames - 1)
        self.slowdown = max(1.0, (alone["first_sound_s"] - round_s) / prefill_s)

    def round_s(self, streams):
        """The time of a round, interpolated between the measured numbers of streams, and extended beyond them."""
        last = len(self.streams) - 1
        high = next((at for at, n in enumerate(self.streams) if n >= streams), last)
        if high == 0:
            return self.rounds[0]
        low = high - 1
        slope = (self.rounds[high] - self.rounds[low]) / (self.streams[high] - self.streams[low])
        return self.rounds[low] + slope * (streams - self.streams[low])


class Server:
    """The streams of a server, and the requests that wait for one."""

    def __init__(self, costs, most_streams):
        self.costs, self.most_streams = costs, most_streams
        self.waiting, self.active = [], []
        # The streams of the current round.
        self.ready = []
        # Prefills that the next round pays for, in seconds of the whole server.
        self.work = 0.0
        self.is_busy = False

    def open_requests(self):
        return len(self.waiting) + len(self.active)

    def arrive(self, request, now):
        """A request comes in, and is prefilled at once if a stream is free."""
        self.waiting.append(request)
        self.admit(now)

    def admit(self, now):
        while self.waiting and len(self.active) < self.most_streams:
            request = self.waiting.pop(0)
            self.active.append(request)
            self.prefill(request, now)

    def prefill(self, request, now):
        slowdown = self.costs.slowdown if len(self.active) > 1 else 1.0
        self.work += request.prefill(now, self.costs.prefill_s_per_character, slowdown)

    def begin_round(self, now):
        """Begins a round; returns the time until its end."""
        for request in [request for request in self.active if request.begins_sentence()][:1]:
            self.prefill(request, now)
        prefilled = [request for request in self.active if not request.begins_sentence()]
        self.ready = [request for request in prefilled if request.ready_at <= now]
        if not self.ready:
            self.work = 0.0
            self.ready = [min(prefilled, key=lambda request: request.ready_at)]
            time = self.ready[0].ready_at - now + self.costs.round_s(1)
        else:
            time = self.work + self.costs.round_s(len(self.ready))
            self.work = 0.0
        # A first frame doesn't wait for the next round.
        self.ready += [one for one in prefilled if one.made == 0 and one not in self.ready and one.ready_at < now + time]
        return time

    def end_round(self, now):
        """Delivers the frames; returns the requests that are complete."""
        for request in self.ready:
            is_first = request.made == 0
            request.deliver(min(now, request.ready_at + self.costs.round_s(len(self.ready))) if is_first else now)
        done = [request for request in self.active if request.made == request.frames]
        self.active = [request for request in self.active if request.made < request.frames]
        self.admit(now)
        return done


def simulate(servers, requests, following, until=math.inf):
    """Runs the servers; `following(request)` is what its client requests next, if anything."""
    events = []
    order = iter(range(sys.maxsize))
    for request in requests:
        heapq.heappush(events, (request.arrival, next(order), None, request))
    done = []
    while events and events[0][0] <= until:
        now, _, server, request = heapq.heappop(events)
        if server is None:
            server = min(servers, key=Server.open_requests)
            server.arrive(request, now)
        else:
            server.is_busy = False
            for complete in server.end_round(now):
                done.append(complete)
                after = following(complete)
                if after is not None:
                    heapq.heappush(events, (after.arrival, next(order), None, after))
        if not server.is_busy and server.open_requests() > 0:
            server.is_busy = True
            heapq.heappush(events, (now + server.begin_round(now), next(order), server, None))
    return done


def check(costs, measured):
    """Prints a measured load beside the simulated one; returns whether all figures are near enough."""
    print(f"| precision | clients | × real time, measured | simulated | first sound, s, measured | simulated |\n{'|---' * 6}|")
    is_near = True
    for run in measured["runs"]:
        for load in run["loads"]:
            left = [load["requests"] // load["clients"]] * load["clients"]
            dice = random.Random(1)

            def request(arrival, client, left=left, run=run, dice=dice):
                left[client] -= 1
                if left[client] < 0:
                    return None
                return Request(arrival + dice.uniform(0, TURNAROUND_S), run["sentences"], client)

            server = Server(Costs(costs["precisions"][run["precision"]]), run["most_streams"])
            first = [request(0.0, client) for client in range(load["clients"])]
            done = simulate([server], first, lambda complete: request(complete.last, complete.client))
            # A text also has pauses between sentences, which cost nothing.
            speed = len(done) * run["seconds"] / max(one.last for one in done)
            sound = statistics.median(one.first_sound_s() for one in done)
            theirs = (load["throughput"], load["first_audio_s"][0])
            print(f"| {run['precision']} | {load['clients']} | {theirs[0]:.1f} | {speed:.1f} | {theirs[1]:.3f} | {sound:.3f} |")
            is_near &= all(abs(ours / other - 1) <= TOLERANCE for ours, other in zip((speed, sound), theirs))
    return is_near


class Load:
    """What a number of listeners per server experience."""

    def __init__(self, costs, per_server, most_streams):
        dice = random.Random(1)

        def text(arrival, client):
            lengths = [dice.uniform(*SENTENCE_S) for _ in range(dice.randint(*SENTENCES))]
            sentences = [(round(length / FRAME_S), CHARACTERS_PER_S * length) for length in lengths]
            return Request(arrival, sentences, client)

        def following(complete):
            # A listener hears the whole text, then pauses.
            heard = max(complete.last, complete.first + complete.frames * FRAME_S)
            return text(heard + dice.expovariate(1 / PAUSE_S), complete.client)

        servers = [Server(costs, most_streams) for _ in range(SERVERS)]
        # Listeners come one after the other, so that they don't begin together.
        first = [text(dice.uniform(0, WARM_UP_S / 2), client) for client in range(round(per_server * SERVERS))]
        done = simulate(servers, first, following, SIMULATED_S)
        counted = [request for request in done if request.arrival >= WARM_UP_S] or done
        sounds = sorted(request.first_sound_s() for request in counted)
        self.median_s, self.late_s = (sounds[int(share * (len(sounds) - 1))] for share in (0.5, 0.99))
        self.dry = sum(request.is_dry for request in counted) / len(counted)


def most_listeners(costs, most_streams, first_sound_s):
    """The most listeners per server whose first sound comes in time."""
    low, high = 0, 1

    def suits(load):
        return load.late_s <= first_sound_s and load.dry <= 0.001

    while suits(Load(costs, high, most_streams)):
        low, high = high, 2 * high
    while high - low > max(1, low // 20):
        middle = (low + high) // 2
        low, high = (middle, high) if suits(Load(costs, middle, most_streams)) else (low, middle)
    return low


def plan(all_costs, listeners, first_sound_s):
    cores = all_costs["cores"]
    heads = ["precision", f"most listeners per server of {cores} cores", "planned", "planned per core"]
    heads += [head for count in listeners for head in (f"cores for {count:,}", "memory, GB")]
    print(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    most = {}
    for precision, measured in all_costs["precisions"].items():
        streams = measured["most_streams"]
        most[precision] = most_listeners(Costs(measured), streams, first_sound_s)
        if most[precision] == 0:
            sys.exit(f"error: with {precision} no first sound comes in {first_sound_s} s; allow more")
        planned = max(1, int(PLANNED * most[precision]))
        row = [precision, str(most[precision]), str(planned), f"{planned / cores:.1f}"]
        for count in listeners:
            servers = math.ceil(count / planned)
            memory = servers * (measured["memory_mb"] + streams * measured["stream_mb"]) / 1000
            row += [f"{servers * cores:,}", f"{memory:,.0f}"]
        print(f"| {' | '.join(row)} |", flush=True)
    shares = (0.25, 0.5, PLANNED, 1, 1.1)
    heads = [f"{share:.0%} of the most" for share in shares]
    print(f"\n| precision | {' | '.join(heads)} |\n{'|---' * (1 + len(heads))}|")
    for precision, measured in all_costs["precisions"].items():
        loads = [Load(Costs(measured), share * most[precision], measured["most_streams"]) for share in shares]
        cells = [f"{load.median_s:.2f}, {load.late_s:.2f}" for load in loads]
        print(f"| {precision} | {' | '.join(cells)} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("check", "plan"):
        command = commands.add_parser(name)
        command.add_argument("costs", type=Path)
        if name == "check":
            command.add_argument("measured", type=Path)
        else:
            command.add_argument("--listeners", default="1000,1000000")
            command.add_argument("--first-sound-s", type=float, default=0.5)
    arguments = parser.parse_args()
    costs = json.loads(arguments.costs.read_text())
    if arguments.command == "check":
        sys.exit(not check(costs, json.loads(arguments.measured.read_text())))
    plan(costs, [int(count) for count in arguments.listeners.split(",")], arguments.first_sound_s)


if __name__ == "__main__":
    main()
