<?php
class Eager
{
    public function say(string $text): string
    {
        return json_encode(['said' => mb_strtoupper($text)]);
    }
}
