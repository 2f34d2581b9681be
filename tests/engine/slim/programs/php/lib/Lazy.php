<?php
class Lazy extends Eager
{
    public function say(string $text): string
    {
        return strrev(parent::say($text)) . ' ' . date('T', 0);
    }
}
