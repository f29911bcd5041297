"""Rebuilds the pocket model from nothing: painter, captions, tokenizer, VAE, text encoder, UNet."""
