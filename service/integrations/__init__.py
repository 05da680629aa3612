"""Outside systems, one folder each: client, schemas, errors, and a fake that speaks the same protocol."""
