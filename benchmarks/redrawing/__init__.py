"""What the judge sees in pictures that pocket drew over."""
