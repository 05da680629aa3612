"""Credit lines and limits, exposure, holds: how much a company may still order on terms."""
