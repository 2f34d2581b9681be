<?php
// Classes are loaded when they are first named: one of them on a page that no case asks for.
spl_autoload_register(fn ($name) => require __DIR__ . "/lib/$name.php");
[$page, $text] = explode('/', trim($_SERVER['REQUEST_URI'], '/') . '/', 2);
if ($page === 'eager') {
    echo (new Eager())->say(rtrim($text, '/'));
} elseif ($page === 'lazy') {
    echo (new Lazy())->say(rtrim($text, '/'));
} elseif ($page === '') {
    echo "home\n";
} else {
    http_response_code(404);
}
