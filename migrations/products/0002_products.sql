-- search_text is what a text filter looks into: title, tags, skus and description, one a line.
-- version rises with every change of the product, its variants or their prices.
CREATE TABLE products (
    id BINARY(16) NOT NULL PRIMARY KEY,
    slug VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    title VARCHAR(200) NOT NULL,
    description TEXT NOT NULL,
    status VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    category_id BINARY(16) NULL,
    version BIGINT NOT NULL,
    search_text MEDIUMTEXT NOT NULL,
    created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    updated_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
    UNIQUE KEY products_slug (slug),
    KEY products_newest (status, id),
    KEY products_title (status, title, id),
    KEY products_in_category (category_id, status, id),
    CONSTRAINT products_category FOREIGN KEY (category_id) REFERENCES categories (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
