<?php

class Group extends ObjectModel
{
    public static $definition = ['table' => 'group', 'primary' => 'id_group'];
}
