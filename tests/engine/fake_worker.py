"""A worker process that follows the frame protocol without any network. Prompts tell it what to do.

"die": ends at once, each time. "hold": keeps the job until it is cancelled. Else: makes pictures.
"""

from __future__ import annotations

import os
import sys

from webui.engine.frames import FrameWriter, read_frame
from webui.events import Cancelled, Done, PictureReady, Started, to_parts


def main() -> None:
    writer = FrameWriter(os.fdopen(os.dup(1), "wb"))
    status = {"device": "fake", "loaded": {}, "standing": []}
    writer.write({"kind": "status", "status": status})
    while (frame := read_frame(sys.stdin.buffer)) is not None:
        command = frame[0]
        job = command.get("job", "")
        match command["do"]:
            case "submit":
                prompt = command["request"]["prompt"]
                writer.write(*to_parts(Started(job)))
                if prompt == "die":
                    os._exit(9)
                if prompt == "hold":
                    continue
                for index in range(command["request"]["batch_count"]):
                    if index not in command["skip"]:
                        made = PictureReady(job, index, 1, 1, {}, b"rgb")
                        writer.write(*to_parts(made))
                    if prompt == "die after the first" and not command["skip"]:
                        os._exit(9)
                writer.write(*to_parts(Done(job, 0.0)))
            case "cancel":
                writer.write(*to_parts(Cancelled(job)))
            case "close":
                return
            case _:
                pass


if __name__ == "__main__":
    main()
