"""Networks that steer the UNet of SD 1.x: ControlNet, T2I-Adapter, IP-Adapter; reference only."""
