-- What a provider told of a payment that cannot be, by what is known of it: for people to look into. A row a piece of
-- news; `state` is the payment's, which stays as it is.
CREATE TABLE provider_findings (
    payment_id BINARY(16) NOT NULL,
    charge_version BIGINT NOT NULL,
    state VARCHAR(16) NOT NULL,
    finding VARCHAR(255) NOT NULL,
    found_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (payment_id, charge_version),
    CONSTRAINT provider_findings_of_payment FOREIGN KEY (payment_id) REFERENCES payments (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
