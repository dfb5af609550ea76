-- For the upkeep: what has expired is found without reading the rest.
ALTER TABLE refresh_tokens ADD KEY refresh_tokens_expiry (expires_at);
