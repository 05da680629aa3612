<?php

class Link
{
    public function getModuleLink($module, $controller = 'default', array $params = [], $ssl = null, $idLang = null, $idShop = null, $relativeProtocol = false)
    {
        return 'https://shop.test/' . ((int) ($idLang ?: Context::getContext()->language->id) === 2 ? 'fr/' : '') . 'module/' . $module . '/' . $controller . ($params ? '?' . http_build_query($params) : '');
    }

    public function getPageLink($controller, $ssl = null, $idLang = null, $request = null, $requestUrlEncode = false, $idShop = null, $relativeProtocol = false)
    {
        return 'https://shop.test/' . $controller . ($request ? '?' . (is_array($request) ? http_build_query($request) : $request) : '');
    }

    public function getAdminLink($controller, $withToken = true, $sfRouteParams = [], $params = [])
    {
        return 'https://shop.test/admin/' . $controller . '?' . http_build_query(['token' => 'admin-token'] + $params);
    }
}
