-- Who looks for what should not be. The row is held until next_at; the fence tells a holder that slept past that.
CREATE TABLE reconcile_turns (
    id TINYINT NOT NULL PRIMARY KEY,
    fence BIGINT NOT NULL DEFAULT 0,
    next_at DATETIME(6) NOT NULL DEFAULT '2000-01-01 00:00:00'
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
