"""What goes with the model: LoRAs, an embedding, ControlNets; each taught on the finished base."""
