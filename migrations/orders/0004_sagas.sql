-- The checkout of each order. `version` is the fence of who runs it; next_run_at is null when nothing is to be done.
-- reserved_until is when the stock may no longer be counted on. The row stays when done, so that a fence never
-- comes twice.
CREATE TABLE sagas (
    order_id BINARY(16) NOT NULL PRIMARY KEY,
    step VARCHAR(16) NOT NULL,
    version BIGINT NOT NULL,
    attempt INT NOT NULL,
    tries INT NOT NULL DEFAULT 0,
    payment_token VARCHAR(255) NULL,
    reserved_until DATETIME(6) NULL,
    entered_at DATETIME(6) NOT NULL,
    next_run_at DATETIME(6) NULL,
    lease_until DATETIME(6) NOT NULL,
    KEY sagas_due (next_run_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
