CREATE TABLE product_tags (
    product_id BINARY(16) NOT NULL,
    tag VARCHAR(40) NOT NULL,
    PRIMARY KEY (product_id, tag),
    KEY product_tags_tag (tag, product_id),
    CONSTRAINT product_tags_product FOREIGN KEY (product_id) REFERENCES products (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
